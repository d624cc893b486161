"""Tells a video's container by its first bytes."""

from inference_server.media.formats.file_kind import file_kind
from inference_server.media.refusal import VideoRefused

ACCEPTED = "MP4, QuickTime, MKV, WebM, FLV and 3GP"

# The boxes with which MP4 and QuickTime files and their segments begin.
_BOXES = frozenset(
    b"ftyp styp moov mdat wide free skip pnot sidx moof uuid junk pict prfl udta emsg".split()
)
_BEGINNINGS = {
    b"GIF8": "a GIF file",
    b"\x89PNG": "a PNG file",
    b"\xff\xd8\xff": "a JPEG file",
    b"OggS": "an Ogg file",
    b"ID3": "an MP3 file",
    b"fLaC": "a FLAC file",
    b"\0\0\1\xba": "an MPEG program stream",
    b"\0\0\1\xb3": "a bare MPEG video stream",
    b"\x30\x26\xb2\x75": "a Windows Media file",
    b".RMF": "a RealMedia file",
}
_TRANSPORT_PACKET_BYTES, _SYNC = 188, 0x47


def demuxer(data: bytes) -> str:
    """The name of FFmpeg's demuxer. Raises VideoRefused for a container that is not accepted."""
    if data[4:8] in _BOXES:
        return "mp4"
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if data.startswith(b"FLV\x01"):
        return "flv"
    kind = _kind(data)
    text = f"is {kind}, which is not accepted" if kind else "is in no container that is known"
    raise VideoRefused(f"The video {text}; {ACCEPTED} files are.")


def _kind(data: bytes) -> str | None:
    for beginning, kind in _BEGINNINGS.items():
        if data.startswith(beginning):
            return kind
    packets = data[: 3 * _TRANSPORT_PACKET_BYTES : _TRANSPORT_PACKET_BYTES]
    if len(packets) == 3 and set(packets) == {_SYNC}:
        return "an MPEG transport stream"
    return file_kind(data)
