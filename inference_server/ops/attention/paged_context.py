"""The keys and values that attention reads, found in the paged cache by block tables."""

from typing import NamedTuple

from torch import Tensor

from inference_server.ops.dot_block import dot_block


class PagedContext(NamedTuple):
    """The cached keys and values of S sequences. Kernels take the fields in this order.

    keys, values [num_blocks, block_size, kv heads, D]; block_table [S, max_blocks]; num_computed
    [S], the tokens of each sequence before this step. The keys and values of this step's tokens
    must be stored already.
    """

    keys: Tensor
    values: Tensor
    block_table: Tensor
    num_computed: Tensor


def check_layout(q: Tensor, context: PagedContext) -> None:
    """Asserts what the kernels rely on."""
    keys, values, *_ = context
    assert q.stride()[1:] == (q.shape[2], 1), "the heads of a row lie side by side"
    assert keys.shape == values.shape, "one entry has one place in both"
    assert keys.is_contiguous()
    assert values.is_contiguous()
    block_size = keys.shape[1]
    assert block_size == dot_block(block_size), "a block is a number of whole tiles"
