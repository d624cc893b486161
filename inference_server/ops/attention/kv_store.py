"""Writes new keys and values to their places in the paged cache."""

from torch import Tensor


def store_kv(k: Tensor, v: Tensor, *, keys: Tensor, values: Tensor, positions: Tensor) -> None:
    """Writes in place.

    k, v [T, kv heads, D]; keys, values [num_blocks, block_size, kv heads, D]; positions [T], each
    block * block_size + offset. Padding rows share positions in block 0, which nobody reads.
    """
    if k.is_cuda:
        from inference_server.ops.attention.kv_store_kernel import store_kv as on_cuda

        on_cuda(k, v, keys=keys, values=values, positions=positions)
    else:
        store_kv_reference(k, v, keys=keys, values=values, positions=positions)


def store_kv_reference(
    k: Tensor, v: Tensor, *, keys: Tensor, values: Tensor, positions: Tensor
) -> None:
    """What store_kv is to do."""
    keys.flatten(0, 1).index_copy_(0, positions, k)
    values.flatten(0, 1).index_copy_(0, positions, v)
