"""Attention of all tokens of a tile to each other."""

from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention

from inference_server.ops.dispatch import Kernel, on_cuda, without_gradients

# Torch uses the first that supports the inputs: heads of 80 channels are no power of two.
_BACKENDS = [
    SDPBackend.CUDNN_ATTENTION,
    SDPBackend.FLASH_ATTENTION,
    SDPBackend.EFFICIENT_ATTENTION,
    SDPBackend.MATH,
]


def _kernel() -> Kernel:
    from inference_server.ops.attention.full_attention_kernel import full_attention

    return full_attention


@on_cuda(_kernel, when=without_gradients)
def full_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(D)) v within each tile and head.

    q, k, v [L, tokens, H, D], with the same strides -> [L, tokens, H, D], contiguous
    """
    q, k, v = (t.transpose(1, 2) for t in (q, k, v))
    with sdpa_kernel(_BACKENDS, set_priority=True):
        y = scaled_dot_product_attention(q, k, v)
    return y.transpose(1, 2).contiguous()
