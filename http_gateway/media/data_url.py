"""data: URLs to bytes. The base64 alphabet is checked; blanks and percent escapes are allowed."""

import binascii
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from http_gateway.errors import InvalidRequest

_BLANKS = b" \t\r\n\f"
_MIME_TYPE = re.compile(r"[\w.+-]{1,63}/[\w.+-]{1,63}", re.ASCII)

# A call into binascii holds the interpreter lock, so long data is decoded in slices.
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
    header, comma, text = url.partition(",")
    if not comma:
        raise InvalidRequest("The data URL has no comma.", param=param)
    mime_type, *options = header[5:].split(";")
    if not options or options[-1].strip().lower() != "base64":
        raise InvalidRequest("The data URL must be base64.", param=param)
    encoded = _base64_bytes(text, param)
    try:
        data = _decode(encoded)
    except binascii.Error:
        raise InvalidRequest("The data URL is not valid base64.", param=param) from None
    return Payload(data=data, mime_type=mime_hint(mime_type))


def mime_hint(text: str | None) -> str | None:
    """The media type of a Content-Type without its options, if it is well formed."""
    bare = (text or "").partition(";")[0].strip().lower()
    return bare if _MIME_TYPE.fullmatch(bare) else None


def _base64_bytes(text: str, param: str) -> bytes:
    if not text.isascii():
        raise InvalidRequest("The data URL is not valid base64.", param=param)
    encoded = unquote_to_bytes(text) if "%" in text else text.encode()
    return encoded.translate(None, _BLANKS)


def _decode(encoded: bytes) -> bytes:
    if b"=" in encoded[:-2]:
        raise binascii.Error("padding inside")
    return b"".join(
        binascii.a2b_base64(encoded[start : start + _SLICE], strict_mode=True)
        for start in range(0, len(encoded), _SLICE)
    )
