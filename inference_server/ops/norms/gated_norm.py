"""The norm that ends a Mamba mixer, computed in float32 whatever comes in."""

import torch
from torch import Tensor
from torch.nn import functional


def gated_group_norm(
    x: Tensor, gate: Tensor, weight: Tensor, *, num_groups: int, eps: float
) -> Tensor:
    """Multiplies by SiLU of the gate, then norms each group of channels on its own.

    x [T, C], gate [T, C], weight [C] -> [T, C] in the dtype of gate.
    """
    # What learns needs a gradient, which the kernel has not.
    if x.is_cuda and not torch.is_grad_enabled():
        from inference_server.ops.norms.gated_norm_kernel import gated_group_norm as on_cuda

        return on_cuda(x, gate, weight, num_groups=num_groups, eps=eps)
    return gated_group_norm_reference(x, gate, weight, num_groups=num_groups, eps=eps)


def gated_group_norm_reference(
    x: Tensor, gate: Tensor, weight: Tensor, *, num_groups: int, eps: float
) -> Tensor:
    """What gated_group_norm is to compute; differentiable."""
    gated = x.float() * functional.silu(gate.float())
    groups = gated.unflatten(-1, (num_groups, -1))
    normed = functional.rms_norm(groups, groups.shape[-1:], eps=eps).flatten(-2)
    return (normed * weight.float()).to(gate.dtype)
