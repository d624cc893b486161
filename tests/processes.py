"""Processes that are no children of a test, and ports to give to those that are."""

import socket
from pathlib import Path


def held_port() -> socket.socket:
    """A socket bound to a port of this machine, which no other process gets until it is closed.

    It does not listen: callers are refused, and a server that is told the number may listen there.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    return holder


def number_of(port: socket.socket) -> int:
    return port.getsockname()[1]


def is_alive(pid: int) -> bool:
    """Whether it runs or sleeps. A zombie, which no parent here collects, does neither."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
