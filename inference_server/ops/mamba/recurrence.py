"""The learned parameters of a Mamba2 layer's recurrence."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import softplus


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """One number for each head [H], as in a checkpoint, and the bounds of a time step.

    a_log    logarithm of the rate at which a state decays
    d        share of an input that bypasses the state
    dt_bias  added to the projected time step
    """

    a_log: Tensor
    d: Tensor
    dt_bias: Tensor
    time_step_limit: tuple[float, float]

    @property
    def a(self) -> Tensor:
        """[H] float32, negative."""
        return -self.a_log.float().exp()

    def time_steps(self, dt: Tensor) -> Tensor:
        """dt [T, H] as projected -> [T, H] float32, positive."""
        return softplus(dt.float() + self.dt_bias.float()).clamp(*self.time_step_limit)
