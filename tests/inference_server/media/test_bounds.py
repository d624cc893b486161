"""Images that are refused before there is memory for them, and decoding that ends early."""

import struct
import zlib

import pytest

from inference_server.errors import InvalidArgument
from inference_server.media.image import decode_image, image_size
from inference_server.media.work import GivenUp, Work


def chunk(kind: bytes, body: bytes) -> bytes:
    checked = kind + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))


def png(width: int, height: int, rows: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + body


def test_a_side_may_have_65535_pixels() -> None:
    assert image_size(png(65_535, 1, b""), max_pixels=10**8, field="here") == (65_535, 1)
    for size in ((1, 64_000_000), (65_536, 1)):
        with pytest.raises(InvalidArgument, match="at most 65535 are allowed on a side"):
            image_size(png(*size, bytes(100)), max_pixels=10**8, field="here")


def test_a_header_that_claims_more_than_the_body_can_hold_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="broken or cut off"):
        decode_image(png(8000, 8000, bytes(100)), max_pixels=10**8, field="here")


def test_endless_blocks_of_a_gif_are_refused() -> None:
    data = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0) + b"!\xfe" + b"\1a" * 100_000
    with pytest.raises(InvalidArgument, match="broken or cut off"):
        image_size(data, max_pixels=10**8, field="here")


def test_an_image_whose_request_has_ended_is_given_up() -> None:
    work, data = Work(), png(8, 1, b"\0\0")
    assert decode_image(data, max_pixels=8, field="here", work=work).pixels.shape == (1, 8, 3)
    work.end()
    with pytest.raises(GivenUp):
        decode_image(data, max_pixels=8, field="here", work=work)


def test_an_image_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference_server.media.work._MAX_CPU_S", -1.0)
    with pytest.raises(InvalidArgument, match="takes too long to decode"):
        decode_image(png(8, 1, b"\0\0"), max_pixels=8, field="here")
