"""The sizes of the demo model and how it is trained."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tools.random_checkpoint.checkpoint import RandomSizes

SIZES = RandomSizes(**tomllib.loads(Path(__file__).with_name("sizes.toml").read_text()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The choices of a training run; each is an option of train.py.

    Two optimizers share one schedule: Muon (https://kellerjordan.github.io/posts/muon) for the
    matrices inside the towers, AdamW for everything else. The rate rises over warmup_steps and
    falls to zero over the last decay_share of the steps. Each minibatch is learnt from `uses`
    times, the first batches_kept of a length being held back for company. A run that goes on from
    a trained checkpoint takes a `peak` below 1, or it forgets, and a first_seed of its own; with
    keep_vision the vision encoder stays as it is, and what is learnt is what to say of it.
    """

    steps: int
    first_seed: int = 0
    tokens_per_batch: int = 16384
    batches_per_step: int = 8
    uses: int = 5
    batches_kept: int = 768
    matrix_rate: float = 4e-3
    other_rate: float = 2e-3
    weight_decay: float = 0.02
    peak: float = 1.0
    warmup_steps: int = 100
    decay_share: float = 0.4
    keep_vision: bool = False
    label_weight: float = 1.0
    patches_labelled: int = 384
    gradient_norm: float = 1.0

    def rate_at(self, step: int) -> float:
        """The share of the full rates that step `step` is taken with."""
        rising = (step + 1) / self.warmup_steps
        falling = (self.steps - step) / (self.decay_share * self.steps)
        return self.peak * min(1.0, rising, falling)
