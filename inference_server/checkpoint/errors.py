"""The one error of checkpoints."""


class CheckpointError(ValueError):
    """A checkpoint that cannot be read or is not supported, in one sentence."""
