"""data: URLs to bytes. What is nearly right is read, as long as nothing of it is in doubt."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import unquote_to_bytes

from http_gateway.errors import InvalidRequest
from http_gateway.translation.json_body import check_num_entries

_BLANKS = b" \t\r\n\f"
# The alphabet for URLs means the same as the usual one.
_USUAL_ALPHABET = bytes.maketrans(b"-_", b"+/")
# A caller that escapes a URL escapes each of these. Each takes one pass in C and no list of pieces,
# whatever their number.
_ESCAPES = {b"%2b": b"+", b"%2f": b"/", b"%3d": b"=", b"%0a": b"", b"%0d": b"", b"%20": b""}
# Nobody escapes letters and digits, but URLs may have it.
_MAX_OTHER_ESCAPES = 64

# Frames of a video are joined by commas under these types. An animated GIF is no frame.
_FRAME_TYPES = frozenset(("video/jpeg", "image/jpeg", "image/jpg", "image/png", "image/webp"))

_MIME_TYPE = re.compile(r"[\w.+-]{1,63}/[\w.+-]{1,63}", re.ASCII)

# Of the type and its options, with the comma after them.
_MAX_HEAD = 1024

# Long data is decoded in slices: a call into binascii holds the interpreter lock, and whole copies
# of a video without its blanks and escapes would take several times its memory.
_SLICE = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Encoded media and the type that its sender declares."""

    data: bytes
    mime_type: str | None


def is_data_url(url: str) -> bool:
    """Whether the URL contains the data itself."""
    return url[:5].lower() == "data:"


def decode_data_url(url: str, *, param: str) -> Payload:
    """The content of a base64 data: URL. Raises InvalidRequest."""
    comma = url.find(",", 0, _MAX_HEAD)
    if comma < 0:
        raise InvalidRequest("The data URL has no comma after its type.", param=param)
    mime_type, *options = url[5:comma].split(";")
    if not options or options[-1].strip().lower() != "base64":
        raise InvalidRequest("The data URL must be base64.", param=param)
    try:
        data = _decode(_base64_slices(url, comma + 1, param))
    except binascii.Error:
        raise InvalidRequest("The data URL is not valid base64.", param=param) from None
    return Payload(data=data, mime_type=mime_hint(mime_type))


def mime_hint(text: str | None) -> str | None:
    """The media type of a Content-Type without its options, if it is well formed."""
    bare = (text or "").partition(";")[0].strip().lower()
    return bare if _MIME_TYPE.fullmatch(bare) else None


def frame_urls(url: str, *, param: str) -> list[str] | None:
    """A URL for each frame, if this is the data: URL of frames, with commas between them."""
    text = url.strip()
    end = text.find(",", 0, _MAX_HEAD)
    if end < 0 or not is_data_url(text) or mime_hint(text[5:end]) not in _FRAME_TYPES:
        return None
    check_num_entries(param, text.count(",", end))
    head = text[: end + 1]
    commas = [comma.start() for comma in re.finditer(",", text)]
    # A comma after the last frame begins no other.
    has_end = len(commas) > 1 and commas[-1] == len(text) - 1
    ends = commas[1:] if has_end else [*commas[1:], len(text)]
    return [head + text[start + 1 : end] for start, end in zip(commas, ends, strict=False)]


def _base64_slices(url: str, start: int, param: str) -> Iterator[bytes]:
    """Base64 of the usual alphabet without blanks, from this place of the URL on."""
    num_escapes = 0
    while start < len(url):
        end = start + _SLICE
        # No escape is cut in two.
        cut = url.rfind("%", end - 2, end)
        end = cut if cut >= 0 and end < len(url) else end
        text = url[start:end]
        if not text.isascii():
            raise InvalidRequest("The data URL is not valid base64.", param=param)
        encoded = _without_usual_escapes(text.encode())
        num_escapes += encoded.count(b"%")
        if num_escapes > _MAX_OTHER_ESCAPES:
            raise InvalidRequest(
                f"The data URL has more than {_MAX_OTHER_ESCAPES} percent escapes of letters and "
                "digits; send base64 as it is.",
                param=param,
            )
        yield unquote_to_bytes(encoded).translate(_USUAL_ALPHABET, _BLANKS)
        start = end


def _without_usual_escapes(encoded: bytes) -> bytes:
    if b"%" in encoded:
        for escape, byte in _ESCAPES.items():
            encoded = encoded.replace(escape, byte).replace(escape.upper(), byte)
    return encoded


def _decode(slices: Iterator[bytes]) -> bytes:
    decoded = BytesIO()
    rest = b""
    num_padding = 0
    for piece in slices:
        text = piece.rstrip(b"=")
        if b"=" in text or (text and num_padding):
            raise binascii.Error("padding inside")
        num_padding += len(piece) - len(text)
        rest += text
        end = len(rest) // 4 * 4
        decoded.write(binascii.a2b_base64(rest[:end], strict_mode=True))
        rest = rest[end:]
    if num_padding > 2:
        raise binascii.Error("too much padding")
    decoded.write(binascii.a2b_base64(rest + b"=" * (-len(rest) % 4), strict_mode=True))
    # Without another copy.
    return decoded.getvalue()
