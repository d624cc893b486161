"""Keeps track of free KV blocks by number; the tensors belong to the cache."""

import numpy as np


class BlockPool:
    """Blocks 1 to num_blocks - 1. Block 0 holds padding and is never allocated."""

    def __init__(self, *, num_blocks: int, block_size: int) -> None:
        self.block_size = block_size
        self._stack = np.arange(num_blocks - 1, 0, -1, dtype=np.int32)
        self._num_free = num_blocks - 1
        self._is_free = np.ones(num_blocks, dtype=np.bool_)
        self._is_free[0] = False

    @property
    def num_free(self) -> int:
        return self._num_free

    @property
    def num_usable(self) -> int:
        return len(self._stack)

    @property
    def usage(self) -> float:
        return 1.0 - self._num_free / self.num_usable

    def num_blocks_for(self, num_tokens: int) -> int:
        return -(-num_tokens // self.block_size)

    def allocate(self, count: int) -> np.ndarray:
        """Returns `count` free blocks, int32 [count]. The caller has checked num_free."""
        assert 0 <= count <= self._num_free
        start = self._num_free - count
        blocks = self._stack[start : self._num_free].copy()
        self._num_free = start
        self._is_free[blocks] = False
        return blocks

    def free(self, blocks: np.ndarray) -> None:
        """Returns blocks to the pool."""
        assert not self._is_free[blocks].any()
        assert 0 not in blocks
        self._stack[self._num_free : self._num_free + len(blocks)] = blocks
        self._num_free += len(blocks)
        self._is_free[blocks] = True

    def check_integrity(self, num_held: int) -> None:
        """Asserts that each block is either held or free, and free only once."""
        free = self._stack[: self._num_free]
        assert self._num_free + num_held == self.num_usable, "KV blocks leaked"
        assert len(np.unique(free)) == len(free) == self._is_free.sum(), "KV blocks freed twice"
