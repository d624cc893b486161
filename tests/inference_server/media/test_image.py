import contextlib
import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageFile, ImageOps

from inference_server.errors import InvalidArgument
from inference_server.media.image import decode_image

Encode = Callable[..., bytes]

FIELD = "messages[0].parts[1].image.data"


def decode(data: bytes, *, max_pixels: int = 1_000_000) -> np.ndarray:
    return decode_image(data, max_pixels=max_pixels, field=FIELD).pixels


def assert_refused(data: bytes, words: str, *, max_pixels: int = 1_000_000) -> None:
    with pytest.raises(InvalidArgument, match=words) as caught:
        decode(data, max_pixels=max_pixels)
    assert caught.value.field == FIELD
    assert caught.value.__cause__ is None


def png_chunk(kind: bytes, body: bytes) -> bytes:
    checked = kind + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))


def png(width: int, height: int, *, depth: int, color: int, rows: bytes) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + body


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("WEBP", {"lossless": True})])
def test_lossless_images_arrive_exactly(
    encode: Encode, noise: Image.Image, kind: str, options: dict[str, bool]
) -> None:
    pixels = decode(encode(noise, kind, **options))
    assert (pixels == np.asarray(noise)).all()
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert pixels.flags.writeable


@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_is_decoded_as_pillow_does(
    encode: Encode, noise: Image.Image, progressive: bool
) -> None:
    data = encode(noise, "JPEG", progressive=progressive)
    assert (decode(data) == np.asarray(Image.open(io.BytesIO(data)))).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "RGBA", "LA"])
def test_every_mode_becomes_rgb(encode: Encode, noise: Image.Image, mode: str) -> None:
    image = noise.convert("L").convert(mode) if mode == "LA" else noise.convert(mode)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    data = encode(image, kind)
    expected = Image.open(io.BytesIO(data)).convert("RGB")
    assert (decode(data) == np.asarray(expected)).all()


def test_sixteen_bit_gray_keeps_its_high_byte() -> None:
    rows = b"".join(b"\0" + struct.pack(">HH", *row) for row in [(0, 0x1234), (0x80FF, 0xFFFF)])
    pixels = decode(png(2, 2, depth=16, color=0, rows=rows))
    assert pixels[..., 0].tolist() == [[0, 0x12], [0x80, 0xFF]]
    assert (pixels == pixels[..., :1]).all()


def test_sixteen_bit_colors_keep_their_high_bytes() -> None:
    rows = b"\0" + struct.pack(">HHH", 0x1234, 0x80FF, 0xFFFF)
    assert decode(png(1, 1, depth=16, color=2, rows=rows)).tolist() == [[[0x12, 0x80, 0xFF]]]


def test_transparent_pixels_lie_on_white(encode: Encode) -> None:
    image = Image.new("RGBA", (3, 1))
    image.putdata([(200, 0, 0, 255), (200, 0, 0, 0), (200, 0, 0, 128)])
    expected = [[[200, 0, 0], [255, 255, 255], [227, 127, 127]]]
    assert decode(encode(image, "PNG")).tolist() == expected
    assert decode(encode(image, "WEBP", lossless=True, exact=True)).tolist() == expected


@pytest.mark.parametrize("mode", ["P", "L", "1"])
def test_a_transparent_color_lies_on_white(encode: Encode, mode: str) -> None:
    image = Image.new(mode, (2, 1), 0)
    image.putpixel((1, 0), 1 if mode == "P" else 255)
    if mode == "P":
        image.putpalette([10, 20, 30, 0, 0, 0])
    pixels = decode(encode(image, "PNG", transparency=0))
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[0, 1].tolist() == ([0, 0, 0] if mode == "P" else [255, 255, 255])


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_counts(
    encode: Encode, noise: Image.Image, kind: str
) -> None:
    still = noise.quantize(64).convert("RGB")
    others = [ImageOps.invert(still)] * 3
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encode(still, kind, save_all=True, append_images=others, **options)
    assert (decode(data) == np.asarray(still)).all()


def test_one_pixel_is_an_image(encode: Encode) -> None:
    assert decode(encode(Image.new("RGB", (1, 1), "red"), "PNG")).tolist() == [[[255, 0, 0]]]


def test_extreme_shapes_are_images(encode: Encode) -> None:
    assert decode(encode(Image.new("L", (1, 60_000)), "PNG")).shape == (60_000, 1, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_too_many_pixels_are_refused_by_the_header_alone(
    encode: Encode, noise: Image.Image, kind: str
) -> None:
    data = encode(noise, kind)
    assert decode(data, max_pixels=2000).shape == (40, 50, 3)
    assert_refused(data, "50 x 40 pixels; at most 1999", max_pixels=1999)


@pytest.mark.parametrize("size", [(65535, 65535), (2**31 - 1, 2**31 - 1)])
def test_a_huge_header_before_a_tiny_body_is_refused(size: tuple[int, int]) -> None:
    assert_refused(png(*size, depth=8, color=2, rows=b"\0"), "pixels; at most")


def test_more_pixels_than_a_decoder_takes_are_refused() -> None:
    screen, place = (
        struct.pack("<HHBBB", 1, 1, 0, 0, 0),
        struct.pack("<HHHHB", 0, 0, 20000, 20000, 0),
    )
    pixels = b"\2" + (b"\xff" + bytes(255)) * 600 + b"\0"
    data = b"GIF89a" + screen + b"," + place + pixels
    assert_refused(data, "more pixels than its decoder takes", max_pixels=10**12)


def test_a_bomb_that_keeps_to_the_header_s_size_costs_only_that() -> None:
    bomb = png(2, 2, depth=8, color=0, rows=b"\0" * 50_000_000)
    assert decode(bomb).shape == (2, 2, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_cut_is_refused(encode: Encode, noise: Image.Image, kind: str) -> None:
    data = encode(noise, kind)
    for length in range(0, len(data) // 2, 7):
        assert_refused(data[:length], "broken or cut off|not a JPEG")
    assert_refused(data[: len(data) * 9 // 10], "broken or cut off")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("AVIF", "an AVIF file"),
        ("BMP", "a BMP file"),
        ("ICO", "an icon file"),
        ("JPEG2000", "a JPEG 2000 file"),
        ("PDF", "a PDF file"),
        ("TIFF", "a TIFF file"),
    ],
)
def test_other_kinds_are_refused_by_name(
    encode: Encode, noise: Image.Image, kind: str, name: str
) -> None:
    words = rf"^The image is {name}, not a JPEG, PNG, WebP or GIF file\.$"
    assert_refused(encode(noise, kind), words)


@pytest.mark.parametrize("kind", ["PPM", "TGA"])
def test_kinds_without_a_name_are_refused(encode: Encode, noise: Image.Image, kind: str) -> None:
    assert_refused(encode(noise, kind), r"^The image is not a JPEG, PNG, WebP or GIF file\.$")


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"GIF", b"\xff\xd8", b"hello", b"RIFFxxxxAVI ", b"<svg/>"]
)
def test_a_file_that_is_no_image_is_refused(data: bytes) -> None:
    assert_refused(data, "not a JPEG, PNG, WebP or GIF file")


def test_pillow_s_own_words_stay_inside(encode: Encode, noise: Image.Image) -> None:
    data = bytearray(encode(noise, "PNG"))
    data[data.index(b"IDAT") + 4] ^= 1
    assert_refused(bytes(data), r"^The image is broken or cut off\.$")


def test_text_and_profile_bombs_are_passed_over(encode: Encode, noise: Image.Image) -> None:
    data = encode(noise, "PNG")
    bomb = zlib.compress(bytes(20_000_000))
    chunks = png_chunk(b"zTXt", b"a\0\0" + bomb) + png_chunk(b"iCCP", b"a\0\0" + bomb)
    assert (decode(data[:33] + chunks + data[33:]) == np.asarray(noise)).all()


def test_a_large_profile_does_no_harm(encode: Encode, noise: Image.Image) -> None:
    plain = decode(encode(noise, "JPEG"))
    assert (decode(encode(noise, "JPEG", icc_profile=bytes(3_000_000))) == plain).all()


def test_bytes_after_the_end_of_a_jpeg_do_not_count(encode: Encode, noise: Image.Image) -> None:
    data = encode(noise, "JPEG")
    film = b"\xff\xda" * 1000 + bytes(1000)
    assert (decode(data + film) == decode(data)).all()


@pytest.mark.parametrize(("times", "is_refused"), [(20, False), (1000, True)])
def test_a_jpeg_of_endless_scans_is_refused(
    encode: Encode, noise: Image.Image, times: int, is_refused: bool
) -> None:
    data = encode(noise, "JPEG", progressive=True)
    last_scan = data[data.rfind(b"\xff\xda") : -2]
    repeated = data[:-2] + last_scan * times + data[-2:]
    if is_refused:
        assert_refused(repeated, "broken or cut off")
    else:
        assert decode(repeated).shape == (40, 50, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    places=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8)
)
def test_damaged_files_are_decoded_or_refused(
    encode: Encode, noise: Image.Image, kind: str, places: list[tuple[float, int]]
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    data = bytearray(encode(noise, kind, exif=exif))
    for place, value in places:
        data[int(place * len(data))] = value
    with contextlib.suppress(InvalidArgument):
        assert decode(bytes(data)).shape[2] == 3


def test_pillow_s_switches_are_left_alone(encode: Encode, noise: Image.Image) -> None:
    before = (ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS)
    decode(encode(noise, "PNG"))
    assert (ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS) == before == (False, 89478485)
