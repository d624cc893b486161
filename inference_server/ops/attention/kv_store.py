"""Writes new keys and values to their places in the paged cache."""

from torch import Tensor

from inference_server.ops.dispatch import Kernel, on_cuda


def _kernel() -> Kernel:
    from inference_server.ops.attention.kv_store_kernel import store_kv

    return store_kv


@on_cuda(_kernel)
def store_kv(k: Tensor, v: Tensor, *, keys: Tensor, values: Tensor, positions: Tensor) -> None:
    """Writes k and v to keys and values in place.

    k, v [T, kv heads, D]; keys, values [num_blocks, block_size, kv heads, D]; positions [T], each
    block * block_size + offset. Padding rows share positions in block 0, which is never read.
    """
    keys.flatten(0, 1).index_copy_(0, positions, k)
    values.flatten(0, 1).index_copy_(0, positions, v)
