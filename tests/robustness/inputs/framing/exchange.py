"""Sends raw bytes over a connection of their own and reads every response."""

import io
import json
import socket
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import IO, Any

from tests.robustness.inputs.answers import form_fault, shown
from tests.robustness.inputs.framing.framings import Framing

# The server waits for more of a request that is not whole, as it should; so long it is given.
_QUIET_S = 0.4
_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class _Read:
    """Bytes that were read, in place of the socket that http.client reads from."""

    data: IO[bytes]

    def makefile(self, mode: str) -> IO[bytes]:
        return self.data


def fault(framing: Framing, port: int) -> str | None:
    """What is wrong with the responses, with all that reproduces them; None for nothing."""
    data, is_closed = _exchange(framing, port)
    try:
        responses = _responses(data)
    except Exception as error:  # noqa: BLE001 what is no HTTP is what is looked for
        why = f"answers {data[:300]!r}, which is no HTTP: {error!r}"
    else:
        why = _fault(framing, responses, is_closed=is_closed)
    return why and f"{framing.name}: {why}\n    sent: {shown(framing.sent)}"


def _fault(framing: Framing, responses: list[tuple[int, Any]], *, is_closed: bool) -> str | None:
    statuses = [status for status, _ in responses]
    if not statuses and framing.may_close:
        # Waiting for the rest is right as long as there may be one.
        return None if is_closed or not framing.is_half_closed else "neither answers nor closes"
    if len(statuses) < len(framing.statuses):
        return f"answers {statuses} to {len(framing.statuses)} requests"
    for status, expected in zip(statuses, framing.statuses, strict=False):
        if status not in expected:
            return f"answers {statuses}, where {sorted(expected)} is expected: {responses}"
    for status, answer in responses:
        if status != 200 and (why := form_fault(status, answer)):
            return why
    return None


def _exchange(framing: Framing, port: int) -> tuple[bytes, bool]:
    """All that the server sends, and whether it closed the connection."""
    data = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_S) as connection:
        try:
            connection.sendall(framing.sent)
            if framing.is_half_closed:
                connection.shutdown(socket.SHUT_WR)
            while more := _received(connection, framing, data):
                data += more
        except (ConnectionResetError, BrokenPipeError):
            pass
        except TimeoutError:
            return bytes(data), False
    return bytes(data), True


def _received(connection: socket.socket, framing: Framing, data: bytearray) -> bytes:
    """More bytes, empty at the end. Raises TimeoutError if there are none for a while.

    For an answer that must come it waits much longer.
    """
    must_come = not framing.may_close and data.count(b"HTTP/1.") < len(framing.statuses)
    if must_come:
        connection.settimeout(_TIMEOUT_S)
    elif not framing.is_half_closed:
        connection.settimeout(_QUIET_S)
    return connection.recv(65536)


def _responses(data: bytes) -> list[tuple[int, Any]]:
    stream = io.BufferedReader(io.BytesIO(data))  # pyright: ignore[reportArgumentType]
    responses: list[tuple[int, Any]] = []
    while stream.peek(1):
        response = HTTPResponse(_Read(stream))  # pyright: ignore[reportArgumentType]
        # Closing a response would close the stream of the next.
        response.close = lambda: None
        response.begin()
        if response.status == 100:
            continue
        body = response.fp.read(int(response.headers["Content-Length"]))
        responses.append((response.status, json.loads(body)))
    return responses
