"""Frames of HTTP/2 by hand, for what no client library sends."""

import socket
import struct
from typing import Self

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RST_STREAM, _SETTINGS = 0, 1, 3, 4
_END_STREAM, _END_HEADERS = 1, 4


class RawConnection:
    """A connection that sends calls of gRPC as raw bytes and reads what comes back."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=30)
        self._stream = -1
        self._socket.sendall(_PREFACE + _frame(_SETTINGS, 0, 0))

    def open_call(self, path: bytes, *, ends: bool = False) -> int:
        """Sends the headers of a call; the number of its stream."""
        self._stream += 2
        headers = b"".join(
            _literal(name, value)
            for name, value in (
                (b":method", b"POST"),
                (b":scheme", b"http"),
                (b":path", path),
                (b":authority", b"localhost"),
                (b"te", b"trailers"),
                (b"content-type", b"application/grpc"),
            )
        )
        flags = _END_HEADERS | (_END_STREAM if ends else 0)
        self._socket.sendall(_frame(_HEADERS, flags, self._stream, headers))
        return self._stream

    def send(self, stream: int, data: bytes) -> None:
        self._socket.sendall(_frame(_DATA, 0, stream, data))

    def reset(self, stream: int) -> None:
        self._socket.sendall(_frame(_RST_STREAM, 0, stream, struct.pack(">I", 8)))

    def read_until(self, text: bytes) -> None:
        """Reads frames until this text is among them."""
        data = b""
        while text not in data:
            more = self._socket.recv(65536)
            assert more, f"closed before {text!r}: {data!r}"
            data += more

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    head = struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream)
    return head + payload


def _literal(name: bytes, value: bytes) -> bytes:
    """A header in HPACK without index and Huffman code (RFC 7541, 6.2.2), up to 126 bytes each."""
    return b"\x00" + bytes((len(name),)) + name + bytes((len(value),)) + value
