"""Images of noise: all different, and as slow to decode and send as photographs."""

import struct
import zlib
from random import Random

# Values of a color channel. With this many, the PNG is about as large as that of a photograph.
_NUM_LEVELS = 13
_LEVELS = bytes(level % _NUM_LEVELS * 255 // (_NUM_LEVELS - 1) for level in range(256))


def noise_png(width: int, height: int, seed: str) -> bytes:
    """An RGB image. Equal seeds give equal images."""
    row_bytes = 3 * width
    pixels = Random(seed).randbytes(height * row_bytes).translate(_LEVELS)
    rows = (pixels[start : start + row_bytes] for start in range(0, len(pixels), row_bytes))
    # Each row begins with the number of its filter; 0 is none.
    raw = b"".join(b"\0" + row for row in rows)
    compressor = zlib.compressobj(strategy=zlib.Z_HUFFMAN_ONLY)
    data = compressor.compress(raw) + compressor.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", data), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
