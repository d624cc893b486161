"""The products that the skinny matmul kernel takes, and its launch options."""

from functools import cache

import torch
from torch import Tensor

_MAX_ROWS = 64
CHANNELS_PER_PROGRAM = 64
# Bytes of each channel in a block, and blocks in flight. A program that has a multiprocessor to
# itself must keep the memory busy alone: eleven blocks are in flight while one is used. Above two
# programs for each of an H200's 132 multiprocessors they do so together, and where rows take much
# of the shared memory too, three of shorter blocks do.
_LAUNCH = (128, 12)
_LAUNCH_MANY = (256, 3)
_LAUNCH_MANY_OF_ROWS = (128, 4)
_MANY_PROGRAMS = 2 * 132
_MANY_ROWS = 32
# The bytes of a row are a multiple of it, so that they are whole blocks of either size.
_GRANULE_BYTES = 256
_SHARED_BYTES = (CHANNELS_PER_PROGRAM + _MAX_ROWS) * _LAUNCH[0] * _LAUNCH[1]


def can_multiply(x: Tensor) -> bool:
    """Whether the kernel takes x [R, C], and whether its GPU has enough shared memory."""
    return has_skinny_shape(x) and _shared_bytes(x.device) >= _SHARED_BYTES


def has_skinny_shape(x: Tensor) -> bool:
    """Whether x [R, C] has 1 to 64 rows whose bytes are a multiple of 256."""
    num_rows, num_columns = x.shape
    return 0 < num_rows <= _MAX_ROWS and num_columns * x.itemsize % _GRANULE_BYTES == 0


def launch_options(num_rows: int, num_programs: int) -> tuple[int, int]:
    """Bytes of each channel in a block, and blocks in flight.

    Each choice adds up columns in order, so that it changes no bit of a row.
    """
    if num_programs <= _MANY_PROGRAMS:
        return _LAUNCH
    return _LAUNCH_MANY_OF_ROWS if num_rows > _MANY_ROWS else _LAUNCH_MANY


@cache
def _shared_bytes(device: torch.device) -> int:
    return torch.cuda.get_device_properties(device).shared_memory_per_block_optin
