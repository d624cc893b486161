import io

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_server.media.formats.file_kind import file_kind


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"BM\x36\0\0\0\0\0\0\0", "a BMP file"),
        (b"II*\0\x08\0\0\0", "a TIFF file"),
        (b"MM\0*\0\0\0\x08", "a TIFF file"),
        (b"MM\0+\0\x08\0\0", "a TIFF file"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC file"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "a HEIC file"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1miafavif", "an AVIF file"),
        (b"\0\0\0\x14ftypmif1\0\0\0\0mif1avif", "a HEIF file"),
        (b"\0\0\0\x20ftypavif\0\0\0\0", "an AVIF file"),
        (b"\0\0\0\x18ftypcrx \0\0\0\0", "a raw camera file"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "an MP4 video"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "a QuickTime video"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL file"),
        (b"8BPS\0\1", "a Photoshop file"),
        (b"%PDF-1.7", "a PDF file"),
        (b"%!PS-Adobe-3.0", "a PostScript file"),
        (b"PK\3\4\x14\0", "a ZIP archive"),
        (b"RIFF\0\0\0\0AVI LIST", "an AVI video"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG file"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- a -->\n<svg >", "an SVG file"),
        (b"<!DOCTYPE html><html><body><svg>", "an HTML page"),
        (b"\n<HTML lang=en>", "an HTML page"),
    ],
)
def test_a_kind_is_known_by_its_first_bytes(data: bytes, kind: str) -> None:
    assert file_kind(data) == kind


@pytest.mark.parametrize(
    ("container", "kind"),
    [
        ("mp4", "an MP4 video"),
        ("mov", "a QuickTime video"),
        ("matroska", "a WebM or Matroska video"),
        ("avi", "an AVI video"),
        ("flv", "a Flash video"),
    ],
)
def test_a_video_in_place_of_an_image_is_known(container: str, kind: str) -> None:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream("flv" if container == "flv" else "mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), dtype=np.uint8), format="rgb24")
        output.mux(stream.encode(frame))
        output.mux(stream.encode())
    assert file_kind(file.getvalue()) == kind


@pytest.mark.parametrize("data", [b"", b"hello <svg>", b"RIFF\0\0\0\0QLCM", b"P6 1 1 255 abc"])
def test_other_bytes_have_no_kind(data: bytes) -> None:
    assert file_kind(data) is None


@given(st.binary(max_size=40))
def test_any_bytes_have_a_kind_with_an_article_or_none(data: bytes) -> None:
    kind = file_kind(data)
    assert kind is None or kind.startswith(("a ", "an "))
