"""The block sizes that matrix products of the tensor cores take."""

_MIN_BLOCK = 16


def dot_block(size: int) -> int:
    """The least block that holds `size` rows or columns: a power of two from 16."""
    return max(1 << (size - 1).bit_length(), _MIN_BLOCK)
