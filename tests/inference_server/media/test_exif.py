import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from inference_server.media.exif import orientation


def block(value: int, *, order: str) -> bytes:
    exif = Image.Exif()
    exif.endian = order
    exif[ExifTags.Base.Make] = "x" * 50
    exif[ExifTags.Base.Orientation] = value
    return exif.tobytes()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("value", range(1, 9))
def test_the_orientation_is_read_in_both_byte_orders(order: str, value: int) -> None:
    assert orientation(block(value, order=order)) == value
    assert orientation(block(value, order=order).removeprefix(b"Exif\0\0")) == value


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_unknown_orientation_is_upright(value: int) -> None:
    assert orientation(block(value, order="<")) == 1


@pytest.mark.parametrize(
    "exif",
    [b"", b"Exif\0\0", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff\x01\x12"],
)
def test_a_broken_block_is_upright(exif: bytes) -> None:
    assert orientation(exif) == 1


@given(st.integers(0, 80))
def test_a_block_cut_anywhere_is_upright_or_read(length: int) -> None:
    assert orientation(block(6, order=">")[:length]) in (1, 6)


@given(st.binary())
def test_any_bytes_give_an_orientation(tail: bytes) -> None:
    assert 1 <= orientation(b"II*\0\x08\0\0\0" + tail) <= 8
