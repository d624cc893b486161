"""Reads an image's orientation from its Exif block, and nothing else of it."""

from typing import Literal

_ORIENTATION = 0x0112
_ENTRY_BYTES = 12


def orientation(exif: bytes) -> int:
    """The Exif orientation, 1 to 8; 1 (upright) if there is none or the block is broken."""
    tiff = exif.removeprefix(b"Exif\0\0")
    byte_order = _byte_order(tiff)
    if byte_order is None:
        return 1
    start = int.from_bytes(tiff[4:8], byte_order)
    num_entries = int.from_bytes(tiff[start : start + 2], byte_order)
    for index in range(num_entries):
        entry = tiff[start + 2 + _ENTRY_BYTES * index :][:_ENTRY_BYTES]
        if len(entry) < _ENTRY_BYTES:
            return 1
        if int.from_bytes(entry[:2], byte_order) == _ORIENTATION:
            value = int.from_bytes(entry[8:10], byte_order)
            return value if 1 <= value <= 8 else 1
    return 1


def _byte_order(tiff: bytes) -> Literal["little", "big"] | None:
    if tiff.startswith(b"II*\0"):
        return "little"
    return "big" if tiff.startswith(b"MM\0*") else None
