import torch
from torch import Tensor

from inference_server.ops.attention.kv_store import store_kv
from inference_server.ops.attention.paged_attention import (
    chunk_attention,
    decode_attention,
    fresh_attention,
)
from inference_server.ops.attention.paged_context import PagedContext

HEADS, KV_HEADS, SIZE, BLOCK = 6, 2, 8, 4


def normal(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def attend_plainly(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The last queries of one sequence, one after the other. q [T, H, D]; k, v [context, ...]"""
    k, v = (t.repeat_interleave(HEADS // KV_HEADS, dim=1) for t in (k, v))
    outputs = []
    for row, query in enumerate(q):
        seen = len(k) - len(q) + row + 1
        scores = torch.einsum("hd,thd->ht", query, k[:seen]) / SIZE**0.5
        outputs.append(torch.einsum("ht,thd->hd", scores.softmax(-1), v[:seen]))
    return torch.stack(outputs)


class Paged:
    """Sequences whose blocks lie scattered in a cache that is otherwise full of large numbers."""

    def __init__(self, lengths: tuple[int, ...]) -> None:
        self.k = [normal(length, KV_HEADS, SIZE) for length in lengths]
        self.v = [normal(length, KV_HEADS, SIZE).flip(0) for length in lengths]
        shape = (40, BLOCK, KV_HEADS, SIZE)
        self.keys, self.values = torch.full(shape, 1e4), torch.full(shape, 1e4)
        free = torch.randperm(39, generator=torch.Generator().manual_seed(3)) + 1
        widest = max(-(-length // BLOCK) for length in lengths)
        self.block_table = torch.zeros(len(lengths), widest, dtype=torch.int32)
        for row, (k, v) in enumerate(zip(self.k, self.v, strict=True)):
            blocks, free = free[: -(-len(k) // BLOCK)], free[-(-len(k) // BLOCK) :]
            self.block_table[row, : len(blocks)] = blocks
            places = torch.arange(len(k))
            positions = blocks[places // BLOCK] * BLOCK + places % BLOCK
            store_kv(k, v, keys=self.keys, values=self.values, positions=positions)

    def context(self, num_computed: list[int]) -> PagedContext:
        return PagedContext(self.keys, self.values, self.block_table, torch.tensor(num_computed))


def test_decode_rows_see_their_own_context_only() -> None:
    paged = Paged((1, 4, 13, 22))
    q = normal(4, HEADS, SIZE)
    y = decode_attention(q, paged.context([0, 3, 12, 21]))
    for row in range(4):
        expected = attend_plainly(q[row : row + 1], paged.k[row], paged.v[row])
        torch.testing.assert_close(y[row : row + 1], expected)


def test_chunks_see_their_context_and_themselves_causally() -> None:
    paged, lengths = Paged((7, 9, 18)), (7, 1, 6)
    q = normal(sum(lengths), HEADS, SIZE)
    y = chunk_attention(
        q, paged.context([0, 8, 12]), bounds=torch.tensor([0, 7, 8, 14]), max_length=max(lengths)
    )
    pieces = zip(q.split(lengths), paged.k, paged.v, strict=True)
    torch.testing.assert_close(y, torch.cat([attend_plainly(*piece) for piece in pieces]))


def test_fresh_sequences_need_no_cache() -> None:
    lengths = (5, 1, 8)
    q, k, v = normal(14, HEADS, SIZE), normal(14, KV_HEADS, SIZE), normal(14, KV_HEADS, SIZE) + 1
    pieces = zip(*(t.split(lengths) for t in (q, k, v)), strict=True)
    torch.testing.assert_close(
        fresh_attention(q, k, v, lengths=lengths),
        torch.cat([attend_plainly(*piece) for piece in pieces]),
    )


def test_attention_of_sequences_of_one_length_equals_each_alone() -> None:
    lengths = [12, 12, 12]
    q, k, v = torch.randn(36, 4, 8), torch.randn(36, 2, 8), torch.randn(36, 2, 8)
    together = fresh_attention(q, k, v, lengths=lengths)
    alone = [
        fresh_attention(*pieces, lengths=[12])
        for pieces in zip(*(t.split(lengths) for t in (q, k, v)), strict=True)
    ]
    torch.testing.assert_close(together, torch.cat(alone))
