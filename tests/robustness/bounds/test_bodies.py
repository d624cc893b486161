"""Bodies that become more than they weigh, and bodies that do not end."""

import socket
from contextlib import ExitStack

import pytest

from tests.e2e.support.serving import Serving
from tests.robustness.support.attack import attack
from tests.robustness.support.http import Http, fault_of
from tests.robustness.support.memory import MIB

_IMAGE = b'{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"'
_AROUND = {
    "an image": (_IMAGE + b"data:image/png,", b'"}}]}]}'),
    "a text": (b'{"messages":[{"role":"user","content":"', b'"}]}'),
    "a value": (b'{"messages":[{"role":"user","content":"x"}],"tools":[', b"]}"),
}
_PIECES = {
    "an image": (b"%41", b"A", b"%", b"\\u0041"),
    "a text": (b"1", b" ", b"\\u0041", "\U0001f600".encode(), b"\\\\"),
    "a value": (b"1,", b"[", b'{"a":', b'"",', b"null,"),
}
_CASES = [(place, piece) for place, pieces in _PIECES.items() for piece in pieces]


@pytest.mark.parametrize("num_bytes", [16 * MIB, pytest.param(64 * MIB, marks=pytest.mark.long)])
def test_bodies_of_one_thing(mock: Serving, num_bytes: int) -> None:
    """Read, translated and sent on, a body takes at most four times its bytes in the gateway,
    whatever it repeats.
    """
    with attack(mock, max_gateway=4 * num_bytes + 64 * MIB, max_server=4 * num_bytes + 64 * MIB):
        for place, piece in _CASES:
            head, tail = _AROUND[place]
            body = head + piece * (num_bytes // len(piece)) + tail
            with Http(mock.http_port) as http:
                assert fault_of(*http.chat(body)) is None, (place, piece)


def test_bodies_that_do_not_end(mock: Serving) -> None:
    """They take what large bodies may take, and small ones go on."""
    head = (
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99614720\r\n\r\n"
    )
    with attack(mock, max_gateway=1024 * MIB, max_server=64 * MIB), ExitStack() as stack:
        for _ in range(12):
            sender = socket.create_connection(("127.0.0.1", mock.http_port), timeout=10)
            stack.enter_context(sender)
            try:
                sender.sendall(head + b" " * (48 * MIB))
            except (ConnectionError, TimeoutError):
                continue  # refused
