"""The norm that ends a Mamba mixer, computed in float32 for every dtype."""

from torch import Tensor
from torch.nn import functional

from inference_server.ops.dispatch import Kernel, on_cuda, without_gradients


def _kernel() -> Kernel:
    from inference_server.ops.norms.gated_norm_kernel import gated_group_norm

    return gated_group_norm


@on_cuda(_kernel, when=without_gradients)
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
