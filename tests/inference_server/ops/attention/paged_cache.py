"""Keys and values of sequences, scattered over a cache whose other entries are NaN."""

import torch
from torch import Tensor

from inference_server.ops.attention.paged_context import PagedContext


class PagedCache:
    """Random contexts with their blocks in random order, and plain float64 attention to them."""

    def __init__(
        self,
        contexts: tuple[int, ...],
        *,
        block_size: int,
        kv_heads: int,
        size: int,
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        num_blocks = [-(-context // block_size) for context in contexts]
        shape = (sum(num_blocks) + 1, block_size, kv_heads, size)
        self.keys = torch.full(shape, torch.nan, dtype=dtype, device=device)
        self.values = torch.full(shape, torch.nan, dtype=dtype, device=device)
        self.k = [torch.randn(c, kv_heads, size).to(self.keys) for c in contexts]
        self.v = [torch.randn(c, kv_heads, size).to(self.keys) for c in contexts]
        # Behind a row's blocks are numbers of blocks that do not exist.
        table = torch.full((len(contexts), max(num_blocks) + 3), 2**30, dtype=torch.int32)
        free = (torch.randperm(sum(num_blocks)) + 1).split(num_blocks)
        for row, (blocks, k, v) in enumerate(zip(free, self.k, self.v, strict=True)):
            table[row, : len(blocks)] = blocks
            places = (blocks[:, None] * block_size + torch.arange(block_size)).flatten()[: len(k)]
            self.keys.flatten(0, 1)[places.to(device)] = k
            self.values.flatten(0, 1)[places.to(device)] = v
        self.block_table = table.to(device)

    def context(self, num_computed: list[int]) -> PagedContext:
        computed = torch.tensor(num_computed, dtype=torch.int32, device=self.keys.device)
        return PagedContext(self.keys, self.values, self.block_table, computed)

    def attend(self, row: int, q: Tensor) -> Tensor:
        """The last queries of a sequence: q [T, H, D] -> [T, H, D] float64"""
        k, v = (
            t[row].double().repeat_interleave(q.shape[1] // t[row].shape[1], dim=1)
            for t in (self.k, self.v)
        )
        scores = torch.einsum("thd,chd->htc", q.double(), k) / q.shape[-1] ** 0.5
        future = torch.ones_like(scores, dtype=torch.bool).triu(len(k) - len(q) + 1)
        return torch.einsum("htc,chd->thd", scores.masked_fill(future, -torch.inf).softmax(-1), v)


def queries(num_tokens: int, heads: int, size: int, like: Tensor) -> Tensor:
    """Columns of a wider tensor that is NaN elsewhere."""
    wide = torch.full((num_tokens, 3 + heads, size), torch.nan).to(like)
    wide[:, 2:-1] = torch.randn(num_tokens, heads, size).to(like)
    return wide[:, 2:-1]
