"""Root-mean-square norms, computed in float32 whatever comes in."""

from torch import Tensor
from torch.nn import functional


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """x [..., C] and weight [C], both of one dtype -> [..., C] in that dtype, rounded once."""
    return functional.rms_norm(x, weight.shape, weight, eps)


def gated_group_norm(
    x: Tensor, gate: Tensor, weight: Tensor, *, num_groups: int, eps: float
) -> Tensor:
    """Multiplies by SiLU of the gate, then norms each group of channels on its own.

    x [T, C], gate [T, C], weight [C] -> [T, C] in the dtype of gate.
    """
    gated = x.float() * functional.silu(gate.float())
    groups = gated.unflatten(-1, (num_groups, -1))
    normed = functional.rms_norm(groups, groups.shape[-1:], eps=eps).flatten(-2)
    return (normed * weight.float()).to(gate.dtype)
