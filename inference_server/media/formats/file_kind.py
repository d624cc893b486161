"""Names the kind of a file that is not an accepted image, for an error message."""

import re

# The brands of the ISO container, which many formats share.
_BRANDS = {
    b"avif": "an AVIF file",
    b"avis": "an AVIF file",
    b"heic": "a HEIC file",
    b"heix": "a HEIC file",
    b"hevc": "a HEIC file",
    b"crx ": "a raw camera file",
    b"qt  ": "a QuickTime video",
}
_BEGINNINGS = {
    b"BM": "a BMP file",
    b"II*\0": "a TIFF file",
    b"MM\0*": "a TIFF file",
    b"II+\0": "a TIFF file",
    b"MM\0+": "a TIFF file",
    b"\0\0\0\x0cjP  ": "a JPEG 2000 file",
    b"\xff\x4f\xff\x51": "a JPEG 2000 file",
    b"\0\0\0\x0cJXL ": "a JPEG XL file",
    b"\xff\x0a": "a JPEG XL file",
    b"\0\0\1\0": "an icon file",
    b"8BPS": "a Photoshop file",
    b"%PDF": "a PDF file",
    b"%!PS": "a PostScript file",
    b"\x1aE\xdf\xa3": "a WebM or Matroska video",
    b"FLV": "a Flash video",
    b"PK\3\4": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
}
# Brands that tell only that it holds images, before more brands.
_HEIF = frozenset({b"mif1", b"msf1"})
_RIFF = {b"AVI ": "an AVI video", b"WAVE": "a WAV file"}
_MARKUP = re.compile(rb"<(svg|html|!doctype html)\b", re.IGNORECASE)
_MAX_PROLOG_BYTES = 1024


def file_kind(data: bytes) -> str | None:
    """The kind of a file with an article, by its first bytes. None if they tell nothing."""
    if data[4:8] == b"ftyp":
        return _iso_kind(data)
    if data.startswith(b"RIFF"):
        return _RIFF.get(data[8:12])
    for beginning, kind in _BEGINNINGS.items():
        if data.startswith(beginning):
            return kind
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and (
        markup := _MARKUP.search(data, 0, _MAX_PROLOG_BYTES)
    ):
        return "an SVG file" if markup[1].lower() == b"svg" else "an HTML page"
    return None


def _iso_kind(data: bytes) -> str:
    brand = data[8:12]
    if brand not in _HEIF:
        return _BRANDS.get(brand, "an MP4 video")
    others = (data[start : start + 4] for start in range(16, min(data[3], len(data)), 4))
    return next((_BRANDS[other] for other in others if other in _BRANDS), "a HEIF file")
