"""The names of tensors: those in the released files, and those of the model's parameters.

Where the model computes several released projections as one, each of them is a part of the fused
parameter: its name is the parameter's, but for the projection.
"""

from inference_server.checkpoint.errors import CheckpointError

# Names in the released files and ours, where they differ.
_RENAMED = (
    ("language_model.backbone.embeddings.", "language_model.embeddings."),
    ("language_model.backbone.layers.", "language_model.layers."),
    ("language_model.backbone.norm_f.", "language_model.norm_f."),
    ("vision_model.radio_model.model.", "vision_model."),
    ("patch_generator.cls_token.token", "patch_generator.prefix"),
    ("patch_generator.pos_embed", "patch_generator.position_table"),
    ("mlp1.0.", "projector.norm."),
    ("mlp1.1.", "projector.up_proj."),
    ("mlp1.3.", "projector.down_proj."),
)

# Fused projections and their parts, in the order of their rows.
_FUSED = {"qkv_proj": ("q_proj", "k_proj", "v_proj")}

# Pixels are normalized before the encoder, and its summary is not read.
_SKIPPED = (
    "vision_model.radio_model.input_conditioner.",
    "vision_model.radio_model.summary_idxs",
)

# Scales of an FP8 cache, which a calibrated checkpoint holds. Our cache is not in FP8.
_CACHE_SCALES = (".k_scale", ".v_scale")


def part_name(released: str) -> str | None:
    """The parameter, or the part of one, that a released tensor fills; None if it is not used."""
    if released.startswith(_SKIPPED) or released.endswith(_CACHE_SCALES):
        return None
    if ".video_embedder." in released:
        raise CheckpointError("Checkpoints that join video frames (Omni) are not supported.")
    name = released
    for old, new in _RENAMED:
        name = name.replace(old, new)
    return name


def released_name(part: str) -> str:
    """The inverse of part_name."""
    name = part
    for old, new in reversed(_RENAMED):
        name = name.replace(new, old)
    return name


def parts_of(parameter: str) -> list[str]:
    """The parts of a fused parameter in the order of their rows; any other is its own only part."""
    layer, dot, own = parameter.rpartition(".")
    parent, _, module = layer.rpartition(".")
    return [f"{parent}.{part}{dot}{own}" for part in _FUSED.get(module, ())] or [parameter]


def parameter_of(part: str) -> str:
    """The parameter that a part belongs to."""
    layer, dot, own = part.rpartition(".")
    parent, _, module = layer.rpartition(".")
    for fused, parts in _FUSED.items():
        if module in parts:
            return f"{parent}.{fused}{dot}{own}"
    return part
