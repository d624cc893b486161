"""Root-mean-square norms, computed in float32 whatever comes in."""

from torch import Tensor
from torch.nn.functional import silu


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """x [..., C] and weight [C] -> [..., C] in the dtype of x."""
    return (_normalise(x.float(), eps) * weight.float()).to(x.dtype)


def gated_group_norm(
    x: Tensor, gate: Tensor, weight: Tensor, *, num_groups: int, eps: float
) -> Tensor:
    """Multiplies by SiLU of the gate, then norms each group of channels on its own.

    x [T, C], gate [T, C], weight [C] -> [T, C] in the dtype of gate.
    """
    gated = x.float() * silu(gate.float())
    grouped = _normalise(gated.unflatten(-1, (num_groups, -1)), eps).flatten(-2)
    return (grouped * weight.float()).to(gate.dtype)


def _normalise(x: Tensor, eps: float) -> Tensor:
    return x * (x.square().mean(-1, keepdim=True) + eps).rsqrt()
