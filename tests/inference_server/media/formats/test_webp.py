from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inference_server.media.formats.size_limit import SizeLimit
from inference_server.media.formats.webp import open_webp, webp_size
from inference_server.media.work import Work

LIMIT = SizeLimit(max_pixels=10_000, field="image")


@pytest.mark.parametrize("size", [(1, 1), (257, 3), (3, 300), (1, 16383)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("options", [{"lossless": True}, {}, {"icc_profile": b"x"}])
def test_the_size_is_read_from_every_kind_of_header(
    encode: Callable[..., bytes], size: tuple[int, int], mode: str, options: dict[str, Any]
) -> None:
    assert webp_size(encode(Image.new(mode, size, "red"), "WEBP", **options)) == size


@given(st.sampled_from([b"VP8X", b"VP8L", b"VP8 "]), st.binary(max_size=20))
def test_any_header_has_some_size(kind: bytes, body: bytes) -> None:
    width, height = webp_size(b"RIFF\0\0\0\0WEBP" + kind + body)
    assert 0 <= width <= 2**24
    assert 0 <= height <= 2**24


def test_a_file_without_the_byte_that_makes_its_length_even_is_decoded(
    encode: Callable[..., bytes], noise: Image.Image
) -> None:
    sizes = [(width, width) for width in range(3, 40)]
    files = [encode(noise.resize(size), "WEBP", lossless=True) for size in sizes]
    odd = [data for data in files if int.from_bytes(data[16:20], "little") % 2]
    assert odd
    for data in odd:
        whole, cut = (open_webp(one, LIMIT, Work()).convert("RGB") for one in (data, data[:-1]))
        assert cut.tobytes() == whole.tobytes()


def test_another_header_is_refused() -> None:
    with pytest.raises(ValueError, match="header"):
        webp_size(b"RIFF\0\0\0\0WEBPANIM")
