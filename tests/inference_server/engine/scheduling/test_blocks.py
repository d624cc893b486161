import numpy as np
import pytest

from inference_server.engine.scheduling.blocks import BlockPool


def test_gives_out_every_block_once_and_never_the_padding() -> None:
    pool = BlockPool(num_blocks=6, block_size=4)
    blocks = np.concatenate([pool.allocate(2), pool.allocate(3)])
    assert sorted(blocks.tolist()) == [1, 2, 3, 4, 5]
    assert pool.num_free == 0
    assert pool.usage == 1.0


def test_freed_blocks_can_be_had_again() -> None:
    pool = BlockPool(num_blocks=6, block_size=4)
    first = pool.allocate(4)
    pool.free(first[:3])
    assert set(pool.allocate(4).tolist()).isdisjoint({int(first[3])})


@pytest.mark.parametrize(("num_tokens", "expected"), [(0, 0), (1, 1), (4, 1), (5, 2), (8, 2)])
def test_a_begun_block_counts_as_a_whole(num_tokens: int, expected: int) -> None:
    assert BlockPool(num_blocks=6, block_size=4).num_blocks_for(num_tokens) == expected


def test_refuses_more_than_there_are() -> None:
    pool = BlockPool(num_blocks=3, block_size=4)
    with pytest.raises(AssertionError):
        pool.allocate(3)


def test_refuses_a_block_that_is_free_already() -> None:
    pool = BlockPool(num_blocks=3, block_size=4)
    blocks = pool.allocate(1)
    pool.free(blocks)
    with pytest.raises(AssertionError):
        pool.free(blocks)


def test_integrity_notices_a_leak() -> None:
    pool = BlockPool(num_blocks=5, block_size=4)
    pool.allocate(2)
    pool.check_integrity(2)
    with pytest.raises(AssertionError, match="leaked"):
        pool.check_integrity(1)
