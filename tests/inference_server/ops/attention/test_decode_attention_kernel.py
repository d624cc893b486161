import pytest
import torch
from torch import Tensor

from inference_server.ops.attention import decode_attention_kernel as module
from inference_server.ops.attention.decode_attention_kernel import num_splits
from inference_server.ops.attention.paged_attention import decode_attention
from tests.inference_server.ops.attention.paged_cache import PagedCache, queries
from tests.inference_server.relative_error import relative_error

TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 1e-2}


def attend(cache: PagedCache, q: Tensor, contexts: tuple[int, ...]) -> Tensor:
    return decode_attention.kernel(q, cache.context([context - 1 for context in contexts]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("heads", "kv_heads", "size", "block_size", "target"),
    [(10, 2, 32, 16, 1), (3, 1, 24, 16, 20), (2, 2, 16, 128, 120)],
)
def test_rows_see_their_own_context_only(
    heads: int,
    kv_heads: int,
    size: int,
    block_size: int,
    target: int,
    dtype: torch.dtype,
    device: torch.device,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The context is one share, a few, or more shares than tiles."""
    monkeypatch.setattr(module, "_TARGET_PROGRAMS", target)
    contexts = (1, 16, 17, 170)
    cache = PagedCache(
        contexts, block_size=block_size, kv_heads=kv_heads, size=size, dtype=dtype, device=device
    )
    q = queries(len(contexts), heads, size, cache.keys)
    y = attend(cache, q, contexts)
    for row in range(len(contexts)):
        expected = cache.attend(row, q[row : row + 1])
        assert relative_error(y[row : row + 1], expected) < TOLERANCE[dtype]


def test_row_of_the_released_sizes(device: torch.device) -> None:
    contexts = (180,)
    cache = PagedCache(
        contexts, block_size=64, kv_heads=8, size=128, dtype=torch.bfloat16, device=device
    )
    q = queries(1, 40, 128, cache.keys)
    assert relative_error(attend(cache, q, contexts), cache.attend(0, q)) < 1e-2


def test_scores_far_apart_neither_overflow_nor_vanish(device: torch.device) -> None:
    contexts = (70, 70)
    cache = PagedCache(
        contexts, block_size=16, kv_heads=1, size=16, dtype=torch.float32, device=device
    )
    q = 1e4 * queries(2, 5, 16, cache.keys)
    y = attend(cache, q, contexts)
    expected = torch.cat([cache.attend(row, q[row : row + 1]) for row in range(2)])
    # A weight is off by as much as its score, which float32 holds to within eps of what it is a sum
    # of. Nearly always one weight is all, but where two scores are close that is seen.
    largest = q.norm(dim=-1).max() * cache.k[0].norm(dim=-1).max() / 16**0.5
    assert relative_error(y, expected) < torch.finfo(torch.float32).eps * largest.item()


def test_padding_rows_change_nothing_and_neither_do_batch_mates(
    device: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "num_splits", lambda _: 4)
    contexts = (90, 33, 1)
    cache = PagedCache(
        contexts, block_size=16, kv_heads=2, size=16, dtype=torch.bfloat16, device=device
    )
    q = queries(3, 4, 16, cache.keys)
    together = attend(cache, q, contexts)
    cache.block_table = cache.block_table[:2]
    assert torch.equal(attend(cache, q[:2], contexts[:2]), together[:2])
    cache.block_table = cache.block_table[1:]
    assert torch.equal(attend(cache, q[1:2], contexts[1:2]), together[1:2])


def test_few_rows_share_the_gpu_and_many_need_no_second_kernel() -> None:
    assert [num_splits(8 * rows) for rows in (1, 4, 8, 48, 64, 256, 4096)] == [
        *(64, 64, 32, 8, 4, 1, 1)
    ]
