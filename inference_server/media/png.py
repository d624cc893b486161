"""Strips a PNG file to the chunks that its decoder needs.

Texts and profiles, which may unpack to any size, and animations never reach the decoder.
"""

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


def bare_png(data: bytes) -> tuple[bytes, bytes]:
    """The file without metadata, and its Exif block."""
    kept, exif = [SIGNATURE], b""
    start = len(SIGNATURE)
    while start < len(data):
        length, kind = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8]
        end = start + 12 + length
        if kind in _KEPT:
            kept.append(data[start:end])
        if kind == b"eXIf":
            exif = data[start + 8 : end - 4]
        if kind == b"IEND":
            break
        start = end
    return b"".join(kept), exif
