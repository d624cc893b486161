"""GIF files: the first image, on the logical screen."""

import contextlib
import io
import struct
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from inference_server.errors import InvalidArgument
from inference_server.media.formats.gif import open_gif
from inference_server.media.formats.size_limit import SizeLimit
from inference_server.media.image import decode_image
from inference_server.media.work import Work

Encode = Callable[..., bytes]

LIMIT = SizeLimit(max_pixels=10_000, field="image")
PALETTE = bytes(value * 5 % 256 for value in range(30, 54))
COMMENT = b"!\xfe\x05hello\0"
LOOP = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
WORDS = b"!\x01\x0c" + bytes(12) + b"\x02hi\0"


def control(*, transparent: int | None = None, disposal: int = 0) -> bytes:
    flags = disposal << 2 | (transparent is not None)
    return b"!\xf9\x04" + struct.pack("<BHBB", flags, 10, transparent or 0, 0)


def screen(width: int, height: int, *, has_palette: bool = True) -> bytes:
    header = struct.pack("<HHBBB", width, height, 0x82 if has_palette else 2, 0, 0)
    return b"GIF89a" + header + (PALETTE if has_palette else b"")


def codes(indexes: np.ndarray, *, block_bytes: int = 255) -> bytes:
    """Coded rows of indexes below 8, without compression: a clear code before every pair."""
    bits = ""
    for start in range(0, indexes.size, 2):
        for code in [8, *indexes.ravel()[start : start + 2]]:
            bits = f"{code:04b}" + bits
    bits = f"{9:04b}" + bits
    bits = "0" * (-len(bits) % 8) + bits
    stream = int(bits, 2).to_bytes(len(bits) // 8, "little")
    blocks = [stream[at : at + block_bytes] for at in range(0, len(stream), block_bytes)]
    return b"\3" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def image(
    indexes: np.ndarray,
    *,
    place: tuple[int, int] = (0, 0),
    is_interlaced: bool = False,
    palette: bytes = b"",
    block_bytes: int = 255,
) -> bytes:
    height, width = indexes.shape
    flags = (0x40 if is_interlaced else 0) | (0x82 if palette else 0)
    rows = [
        row
        for start, step in ([(0, 8), (4, 8), (2, 4), (1, 2)] if is_interlaced else [(0, 1)])
        for row in range(start, height, step)
    ]
    descriptor = b"," + struct.pack("<HHHHB", *place, width, height, flags)
    return descriptor + palette + codes(indexes[rows], block_bytes=block_bytes)


def decode(data: bytes) -> np.ndarray:
    return decode_image(data, max_pixels=LIMIT.max_pixels, field=LIMIT.field).pixels


def as_pillow_shows(data: bytes) -> np.ndarray:
    shown = Image.open(io.BytesIO(data)).convert("RGBA")
    canvas = Image.new("RGBA", shown.size, "white")
    return np.asarray(Image.alpha_composite(canvas, shown).convert("RGB"))


def indexes(width: int, height: int) -> np.ndarray:
    return np.arange(width * height).reshape(height, width) % 7


def test_colors_come_from_the_palette() -> None:
    colors = np.frombuffer(PALETTE, np.uint8).reshape(-1, 3)
    drawn = indexes(5, 11)
    for is_interlaced in (False, True):
        data = screen(5, 11) + image(drawn, is_interlaced=is_interlaced) + b";"
        assert (decode(data) == colors[drawn]).all()


def test_a_transparent_color_lies_on_white() -> None:
    data = screen(3, 1) + control(transparent=2) + image(np.array([[1, 2, 3]])) + b";"
    pixels = decode(data)
    assert pixels[0, 1].tolist() == [255, 255, 255]
    assert pixels[0, 0].tolist() == list(PALETTE[3:6])


def test_an_image_lies_at_its_place_on_the_logical_screen() -> None:
    data = screen(9, 7) + control(transparent=7) + image(indexes(4, 3), place=(2, 3)) + b";"
    pixels = decode(data)
    assert pixels.shape == (7, 9, 3)
    assert (pixels[:3] == 255).all()
    assert (
        pixels[3:6, 2:6] == np.frombuffer(PALETTE, np.uint8).reshape(-1, 3)[indexes(4, 3)]
    ).all()


@given(
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    place=st.tuples(st.integers(0, 5), st.integers(0, 5)),
    more=st.tuples(st.integers(-3, 5), st.integers(-3, 5)),
    transparent=st.none() | st.integers(0, 7),
    disposal=st.integers(0, 7),
    is_interlaced=st.booleans(),
    has_palette=st.booleans(),
    palette=st.sampled_from([b"", PALETTE[::-1], bytes(range(8)) * 3]),
    extensions=st.lists(st.sampled_from([COMMENT, LOOP, WORDS, b"\0", b"\0\0"]), max_size=3),
    num_images=st.integers(1, 3),
    block_bytes=st.integers(1, 255),
)
def test_every_kind_of_image_is_shown_as_pillow_shows_it(
    size: tuple[int, int],
    place: tuple[int, int],
    more: tuple[int, int],
    transparent: int | None,
    disposal: int,
    is_interlaced: bool,
    has_palette: bool,
    palette: bytes,
    extensions: list[bytes],
    num_images: int,
    block_bytes: int,
) -> None:
    whole = [max(1, part + at + rest) for part, at, rest in zip(size, place, more, strict=True)]
    drawn = image(
        indexes(*size),
        place=place,
        is_interlaced=is_interlaced,
        palette=palette,
        block_bytes=block_bytes,
    )
    graphic = control(transparent=transparent, disposal=disposal)
    other = graphic + image(np.zeros((1, 1), dtype=int))
    data = (
        screen(whole[0], whole[1], has_palette=has_palette)
        + b"".join(extensions)
        + graphic
        + b"".join(extensions)
        + drawn
        + other * (num_images - 1)
        + b";"
    )
    assert (decode(data) == as_pillow_shows(data)).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("interlace", [0, 1])
@pytest.mark.parametrize("is_animated", [False, True])
def test_files_of_pillow_s_own_are_shown_as_it_shows_them(
    encode: Encode, noise: Image.Image, mode: str, interlace: int, is_animated: bool
) -> None:
    if mode == "RGBA":
        noise.putalpha(noise.convert("L").convert("1", dither=Image.Dither.NONE).convert("L"))
    still = noise.convert(mode)
    others = [ImageOps.invert(noise.convert("RGB")).convert(mode)] * 2 if is_animated else []
    data = encode(
        still, "GIF", interlace=interlace, save_all=is_animated, append_images=others, comment="hi"
    )
    assert (decode(data) == as_pillow_shows(data)).all()


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a",
        screen(2, 2),
        screen(2, 2) + b";",
        screen(2, 2) + COMMENT + b";",
        screen(2, 2) + b"!",
        screen(2, 2) + b"!\xf9",
        screen(2, 2) + b"!\xf9\0" + image(indexes(2, 2)),
        screen(2, 2) + b",",
        screen(2, 2) + image(indexes(2, 2))[:12],
        screen(0, 0) + image(np.zeros((0, 0), dtype=int)),
        screen(20, 20) + image(indexes(20, 20))[:-60],
    ],
)
def test_a_file_without_a_whole_image_is_broken(data: bytes) -> None:
    with pytest.raises(InvalidArgument, match="broken or cut off"):
        decode(data)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (screen(65535, 65535) + image(indexes(2, 2)), "65535 x 65535"),
        (screen(1, 1) + image(indexes(2, 2), place=(65535, 65535)), "65537 x 65537"),
        (
            screen(1, 1) + control(disposal=2) + b"," + struct.pack("<HHHHB", 0, 0, 999, 9999, 0),
            "999 x 9999",
        ),
    ],
)
def test_sizes_are_checked_before_memory_is_taken(data: bytes, size: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InvalidArgument, match=f"{size} pixels; at most 10000"):
            open_gif(data, LIMIT, Work())


def test_only_the_first_image_reaches_the_decoder() -> None:
    first = screen(2, 2) + image(indexes(2, 2))
    data = first + COMMENT + image(np.ones((2, 2), dtype=int)) * 1000 + b";"
    opened = open_gif(data, LIMIT, Work())
    assert isinstance(opened.fp, io.BytesIO)
    assert opened.fp.getvalue() == first


def test_endless_extensions_are_refused() -> None:
    with pytest.raises(ValueError, match="no image"):
        open_gif(screen(2, 2) + COMMENT * 5000 + image(indexes(2, 2)), LIMIT, Work())


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused(tail: bytes) -> None:
    for head in (screen(3, 3), screen(3, 3) + b"!", screen(3, 3) + image(indexes(3, 3))[:15]):
        with contextlib.suppress(InvalidArgument):
            assert decode(head + tail).shape[2] == 3
