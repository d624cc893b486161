import pytest
import torch
from torch import Tensor

from inference_server.ops.attention.paged_attention import chunk_attention
from tests.inference_server.ops.attention.paged_cache import PagedCache, queries
from tests.inference_server.relative_error import relative_error

TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 1e-2}


def attend(cache: PagedCache, q: Tensor, starts: list[int], lengths: list[int]) -> Tensor:
    bounds = torch.tensor([0, *lengths], dtype=torch.int32, device=q.device).cumsum(0)
    return chunk_attention.kernel(
        q, cache.context(starts), bounds=bounds.int(), max_length=max(lengths)
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("heads", "kv_heads", "size", "block_size"),
    [(5, 1, 32, 16), (2, 2, 24, 16), (3, 1, 16, 128)],
)
def test_chunks_see_what_came_before_and_themselves_causally(
    heads: int,
    kv_heads: int,
    size: int,
    block_size: int,
    dtype: torch.dtype,
    device: torch.device,
) -> None:
    starts, lengths = [0, 5, 31, 0, 0, 64], [1, 1, 40, 0, 150, 64]
    contexts = tuple(sum(pair) for pair in zip(starts, lengths, strict=True))
    cache = PagedCache(
        contexts, block_size=block_size, kv_heads=kv_heads, size=size, dtype=dtype, device=device
    )
    q = queries(sum(lengths), heads, size, cache.keys)
    y = attend(cache, q, starts, lengths)
    for row, (piece, output) in enumerate(zip(q.split(lengths), y.split(lengths), strict=True)):
        if len(piece):
            assert relative_error(output, cache.attend(row, piece)) < TOLERANCE[dtype]


def test_chunk_of_the_released_sizes(device: torch.device) -> None:
    cache = PagedCache(
        (200,), block_size=64, kv_heads=1, size=128, dtype=torch.bfloat16, device=device
    )
    q = queries(137, 5, 128, cache.keys)
    assert relative_error(attend(cache, q, [63], [137]), cache.attend(0, q)) < 1e-2


def test_batch_mates_change_no_bit_of_a_chunk(device: torch.device) -> None:
    starts, lengths = [3, 20], [40, 9]
    cache = PagedCache(
        (43, 29), block_size=16, kv_heads=1, size=16, dtype=torch.bfloat16, device=device
    )
    q = queries(49, 2, 16, cache.keys)
    together = attend(cache, q, starts, lengths)
    cache.block_table = cache.block_table[1:]
    assert torch.equal(attend(cache, q[40:], starts[1:], lengths[1:]), together[40:])
