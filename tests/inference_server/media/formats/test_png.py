"""PNG files with transparent colors, of every depth, and with metadata."""

import struct
import time
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_server.errors import InvalidArgument
from inference_server.media.formats.png import open_png
from inference_server.media.formats.size_limit import SizeLimit
from inference_server.media.image import decode_image
from inference_server.media.work import Work

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRAY, RGB, PALETTE = 0, 2, 3
LIMIT = SizeLimit(max_pixels=10_000, field="image")
# The first column and row, and the steps, of each of the seven passes.
PASSES = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
]


def chunk(kind: bytes, body: bytes) -> bytes:
    checked = kind + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))


def rows(samples: np.ndarray, depth: int) -> bytes:
    """Rows of samples [height, width, channels], not filtered."""
    lines = b""
    for row in samples.reshape(len(samples), -1):
        bits = "".join(f"{sample:0{depth}b}" for sample in row)
        bits += "0" * (-len(bits) % 8)
        lines += b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    return lines


def png(
    samples: np.ndarray, *, depth: int, color: int, key: bytes = b"", is_interlaced: bool = False
) -> bytes:
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, is_interlaced)
    body = b"".join(
        rows(samples[top::down, left::across], depth)
        for left, top, across, down in (PASSES if is_interlaced else [(0, 0, 1, 1)])
        if samples[top::down, left::across].size
    )
    palette = chunk(b"PLTE", bytes(range(3 * 2**depth))) if color == PALETTE else b""
    trns = chunk(b"tRNS", key) if key else b""
    pixels = chunk(b"IDAT", zlib.compress(body))
    return SIGNATURE + chunk(b"IHDR", header) + palette + trns + pixels + chunk(b"IEND", b"")


def decode(data: bytes) -> np.ndarray:
    return decode_image(data, max_pixels=LIMIT.max_pixels, field=LIMIT.field).pixels


def shown(samples: np.ndarray, *, depth: int, key: tuple[int, ...] | None) -> np.ndarray:
    """What the standard says: samples scaled to 8 bits, pixels that equal the key on white."""
    scaled = samples >> 8 if depth == 16 else samples * 255 // (2**depth - 1)
    pixels = np.broadcast_to(scaled, (*samples.shape[:2], 3)).astype(np.uint8)
    if key is None:
        return pixels
    is_transparent = (samples == np.array(key)).all(axis=-1, keepdims=True)
    return np.where(is_transparent, 255, pixels).astype(np.uint8)


@pytest.mark.parametrize("is_interlaced", [False, True])
@pytest.mark.parametrize(
    ("depth", "color"), [*[(depth, GRAY) for depth in (1, 2, 4, 8, 16)], (8, RGB), (16, RGB)]
)
@given(data=st.data())
def test_pixels_of_the_transparent_color_lie_on_white(
    is_interlaced: bool, depth: int, color: int, data: st.DataObject
) -> None:
    channels = 3 if color == RGB else 1
    width, height = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    random = np.random.default_rng(data.draw(st.integers(0, 100)))
    samples = random.integers(0, 2**depth, (height, width, channels))
    key = tuple(samples[0, 0].tolist())
    for near in data.draw(st.lists(st.sampled_from([1, 255, 256]), max_size=3)):
        row, column = random.integers(0, height), random.integers(0, width)
        samples[row, column] = (samples[0, 0] + near) % 2**depth
    file = png(
        samples,
        depth=depth,
        color=color,
        key=struct.pack(f">{channels}H", *key),
        is_interlaced=is_interlaced,
    )
    assert (decode(file) == shown(samples, depth=depth, key=key)).all()
    opaque = png(samples, depth=depth, color=color, is_interlaced=is_interlaced)
    assert (decode(opaque) == shown(samples, depth=depth, key=None)).all()


def test_a_transparent_16_bit_gray_is_not_its_neighbor_of_the_same_high_byte() -> None:
    samples = np.array([[[0x1234], [0x1235], [0x3412]]])
    pixels = decode(png(samples, depth=16, color=GRAY, key=b"\x12\x34"))
    assert pixels[0, :, 0].tolist() == [255, 0x12, 0x34]


@pytest.mark.parametrize(
    ("depth", "color", "key"),
    [(8, GRAY, b"\xab\x07"), (8, RGB, b"\1\7\2\7\3\7"), (2, GRAY, b"\1\3")],
)
def test_the_upper_bits_of_a_transparent_color_do_not_count(
    depth: int, color: int, key: bytes
) -> None:
    samples = np.full((1, 1, 3 if color == RGB else 1), key[-1])
    assert decode(png(samples, depth=depth, color=color, key=key)).tolist() == [[[255] * 3]]


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_transparent_and_half_transparent_colors_of_a_palette_lie_on_white(depth: int) -> None:
    samples = np.array([[[0], [1]]])
    pixels = decode(png(samples, depth=depth, color=PALETTE, key=b"\0\x80"))
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[0, 1].tolist() == [129, 129, 130]


def test_the_size_is_checked_before_pixels_are_decoded() -> None:
    samples = np.zeros((1, 1, 1), dtype=int)
    data = bytearray(png(samples, depth=16, color=GRAY, key=b"\0\0"))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 16, GRAY, 0, 0, 0))
    data[8 : 8 + len(header)] = header
    with pytest.raises(InvalidArgument, match="2147483647 x 2147483647 pixels"):
        open_png(bytes(data), LIMIT, Work())


def test_a_file_without_its_last_chunk_is_decoded() -> None:
    samples = np.arange(6).reshape(2, 3, 1)
    data = png(samples, depth=8, color=GRAY)
    assert (decode(data[:-12]) == decode(data)).all()


def test_pixels_in_many_small_chunks_are_decoded() -> None:
    samples = np.random.default_rng(0).integers(0, 256, (60, 100, 1))
    whole = png(samples, depth=8, color=GRAY)
    stream = zlib.compress(rows(samples, 8))
    pieces = [chunk(b"IDAT", bytes([byte])) for byte in stream[:4000]]
    pieces.append(chunk(b"IDAT", stream[4000:]))
    start, end = whole[:33], whole[-12:]
    assert (decode(start + b"".join(pieces) + end) == decode(whole)).all()


def test_endless_chunks_are_refused_at_once() -> None:
    data = png(np.zeros((1, 1, 1), dtype=int), depth=8, color=GRAY)
    bomb = data[:33] + chunk(b"IDAT", b"") * 1_000_000 + data[33:]
    start = time.perf_counter()
    with pytest.raises(ValueError, match="too many chunks"):
        open_png(bomb, LIMIT, Work())
    assert time.perf_counter() - start < 5
