"""Writes what the supervisor says. That nobody reads it, or that the disk is full, ends nothing."""

import os
import select
import sys
from contextlib import suppress

STDOUT, STDERR = 1, 2


def hold_standard_streams() -> None:
    """Opens those that are closed, before a pipe of ours gets their number."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def warn(text: str) -> None:
    """Writes a line to stderr."""
    write(STDERR, f"nemotron-vl: {text}\n")


def write(descriptor: int, text: str) -> None:
    """Writes as much of the text as goes at once. Other writers of a pipe may have filled it."""
    rest = text.encode(sys.getfilesystemencoding(), "backslashreplace")
    with suppress(OSError):
        while rest and _is_writable(descriptor):
            rest = rest[os.write(descriptor, rest[: select.PIPE_BUF]) :]


def _is_writable(descriptor: int) -> bool:
    """Whether PIPE_BUF bytes can be written without waiting."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))
