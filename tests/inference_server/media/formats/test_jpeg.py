"""JPEG files that end too early, and those that would keep a decoder busy."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from inference_server.errors import InvalidArgument
from inference_server.media.formats.jpeg import open_jpeg
from inference_server.media.formats.size_limit import SizeLimit
from inference_server.media.image import decode_image
from inference_server.media.work import Work

Encode = Callable[..., bytes]

LIMIT = SizeLimit(max_pixels=1_000_000, field="image")

WAYS: list[dict[str, Any]] = [
    {},
    {"progressive": True},
    {"optimize": True},
    {"subsampling": "4:4:4"},
    {"subsampling": "4:2:2", "quality": 30},
    {"restart_marker_blocks": 1},
    {"restart_marker_rows": 1},
    {"restart_marker_rows": 1, "progressive": True},
]
ways = pytest.mark.parametrize("options", WAYS, ids=str)


def slope(width: int, height: int, mode: str) -> Image.Image:
    down, across = np.mgrid[0:height, 0:width]
    colors = np.stack([across * 2, down * 2, across + down], axis=-1).astype(np.uint8)
    return Image.fromarray(colors).convert(mode)


def decode(data: bytes) -> np.ndarray:
    return decode_image(data, max_pixels=LIMIT.max_pixels, field=LIMIT.field).pixels


def assert_rows_are_missing(data: bytes) -> None:
    with pytest.raises(InvalidArgument, match="broken or cut off"):
        decode(data)


@ways
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("size", [(1, 1), (8, 8), (16, 16), (17, 31), (100, 70)])
def test_a_file_without_its_end_marker_is_decoded_as_a_whole(
    encode: Encode, options: dict[str, Any], mode: str, size: tuple[int, int]
) -> None:
    data = encode(slope(*size, mode), "JPEG", **options)
    pixels = decode(data)
    for cut in (data[:-1], data[:-2]):
        assert (decode(cut) == pixels).all()
        assert (decode(cut + b"\0" * 5000) == pixels).all()
        assert (decode(cut + b"\xff" * 50) == pixels).all()


@ways
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.floats(0.1, 0.95), st.sampled_from([0, 1, 512, 4096]))
def test_a_file_without_some_of_its_rows_is_refused(
    encode: Encode, options: dict[str, Any], mode: str, share: float, num_zeros: int
) -> None:
    data = encode(slope(100, 70, mode), "JPEG", **({"quality": 95} | options))
    start = data.index(b"\xff\xda")
    cut = data[: start + int((len(data) - start) * share)]
    assert_rows_are_missing(cut)
    assert_rows_are_missing(cut + bytes(num_zeros))


@pytest.mark.parametrize("size", [(8, 500), (42, 104), (148, 16), (173, 178), (194, 146)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_file_whose_pixels_end_in_zeros_needs_no_end_marker(
    encode: Encode, size: tuple[int, int], mode: str, progressive: bool
) -> None:
    one_color = Image.new("RGB", size, (200, 30, 40)).convert(mode)
    data = encode(one_color, "JPEG", optimize=True, progressive=progressive, subsampling=0)
    assert (decode(data[:-2]) == decode(data)).all()


@ways
def test_a_part_of_the_last_block_may_be_missing(
    encode: Encode, noise: Image.Image, options: dict[str, Any]
) -> None:
    data = encode(noise, "JPEG", **options)
    pixels, cut = decode(data), decode(data[:-5])
    assert (cut[:31] == pixels[:31]).all()
    assert (cut[:, :39] == pixels[:, :39]).all()


def test_a_progressive_file_without_its_last_scan_is_refused(
    encode: Encode, noise: Image.Image
) -> None:
    data = encode(noise, "JPEG", progressive=True)
    assert_rows_are_missing(data[: data.rindex(b"\xff\xc4")])
    assert_rows_are_missing(data[: data.rindex(b"\xff\xda")])


def test_a_file_cut_between_two_restarts_is_refused(encode: Encode) -> None:
    data = encode(slope(100, 70, "RGB"), "JPEG", restart_marker_rows=1)
    for number in range(4):
        assert_rows_are_missing(data[: data.index(bytes([0xFF, 0xD0 + number]))])


def test_a_film_after_a_missing_end_is_no_image(encode: Encode, noise: Image.Image) -> None:
    data = encode(noise, "JPEG")
    film = b"\0\0\0\x18ftypmp42" + bytes(range(250)) * 20
    assert (decode(data[:-2] + film) == decode(data)).all()
    assert_rows_are_missing(data[: len(data) // 2] + film[:60])


@ways
def test_an_image_ends_where_another_begins(
    encode: Encode, noise: Image.Image, options: dict[str, Any]
) -> None:
    data = encode(noise, "JPEG", **options)
    other = encode(slope(70, 90, "RGB"), "JPEG")
    for first in (data, data[:-2]):
        assert (decode(first + other) == decode(data)).all()
    assert_rows_are_missing(data[: len(data) * 3 // 4] + other)


@pytest.mark.parametrize(("num_segments", "is_refused"), [(4000, False), (4200, True)])
def test_a_file_of_endless_segments_is_refused(
    encode: Encode, noise: Image.Image, num_segments: int, is_refused: bool
) -> None:
    data = encode(noise, "JPEG")
    data = data[:2] + b"\xff\xe5\0\2" * num_segments + data[2:]
    if not is_refused:
        assert decode(data).shape == (40, 50, 3)
        return
    with pytest.raises(ValueError, match="more than 4096 segments"):
        open_jpeg(data, LIMIT, Work())


def test_the_size_is_checked_before_rows_are_counted(encode: Encode, noise: Image.Image) -> None:
    data = encode(noise, "JPEG")
    with pytest.raises(InvalidArgument, match="50 x 40 pixels"):
        open_jpeg(data[:-2], SizeLimit(max_pixels=1999, field="image"), Work())


def test_metadata_never_reaches_the_decoder(encode: Encode, noise: Image.Image) -> None:
    image = open_jpeg(encode(noise, "JPEG", icc_profile=b"profile", comment="words"), LIMIT, Work())
    assert [name for name, _ in image.applist] == ["APP0"]
    assert isinstance(image.fp, io.BytesIO)
    assert b"profile" not in image.fp.getvalue()
