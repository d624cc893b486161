"""Attention of all tokens of a tile to each other, of as many tiles as there are."""

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention

# The first that can take what comes: heads of 80 channels are no power of two.
_BACKENDS = [
    SDPBackend.CUDNN_ATTENTION,
    SDPBackend.FLASH_ATTENTION,
    SDPBackend.EFFICIENT_ATTENTION,
    SDPBackend.MATH,
]


def full_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(D)) v within each tile and head; differentiable where gradients are on.

    q, k, v [L, tokens, H, D], alike strided -> [L, tokens, H, D], contiguous
    """
    if q.is_cuda and not torch.is_grad_enabled():
        from inference_server.ops.attention.full_attention_kernel import full_attention as on_cuda

        return on_cuda(q, k, v)
    return full_attention_reference(q, k, v)


def full_attention_reference(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """What full_attention is to compute."""
    q, k, v = (t.transpose(1, 2) for t in (q, k, v))
    with sdpa_kernel(_BACKENDS, set_priority=True):
        y = scaled_dot_product_attention(q, k, v)
    return y.transpose(1, 2).contiguous()
