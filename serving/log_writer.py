"""Writes log lines to stderr from a thread, so that no request waits for whoever reads the log.

Lines that wait are bounded. Beyond the bound, and where stderr takes none, they are dropped and
counted; the number is logged as soon as a line gets through again.
"""

import logging
import os
import select
import threading
from collections import deque

_STDERR = 2
_MAX_WAITING_CHARACTERS = 1 << 20
# Time for waiting lines at the end of the process.
_FLUSH_TIMEOUT_S = 1.0


class LogWriter(logging.Handler):
    """Hands formatted lines to its thread."""

    def __init__(self) -> None:
        super().__init__()
        self.num_dropped = 0
        self._num_told = 0
        self._lines = deque[str]()
        self._num_characters = 0
        self._changed = threading.Condition()
        # A daemon, since one that is stuck in a write must not keep the process from ending.
        threading.Thread(target=self._write_all, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record) + "\n"
        except Exception:  # noqa: BLE001 a record that cannot be formatted ends no request
            self.handleError(record)
            return
        with self._changed:
            if self._num_characters + len(line) > _MAX_WAITING_CHARACTERS:
                self.num_dropped += 1
                return
            self._lines.append(line)
            self._num_characters += len(line)
            self._changed.notify_all()

    def flush(self) -> None:
        """Waits until all is written, but not long. `logging.shutdown` calls it at the end."""
        with self._changed:
            self._changed.wait_for(lambda: not self._num_characters, _FLUSH_TIMEOUT_S)

    def _write_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines)
                line = self._lines.popleft()
            was_written = _write(line)
            with self._changed:
                self._num_characters -= len(line)
                self.num_dropped += not was_written
                num_new = self.num_dropped - self._num_told
                self._changed.notify_all()
            if was_written and num_new and _write(self._told(num_new)):
                self._num_told += num_new

    def _told(self, num_new: int) -> str:
        text = "%d log lines were dropped, because stderr was blocked or full"
        record = logging.LogRecord(__name__, logging.WARNING, __file__, 0, text, (num_new,), None)
        return self.format(record) + "\n"


def num_dropped_lines() -> int:
    """How many lines of this process's log were dropped."""
    handlers = logging.getLogger().handlers
    return sum(handler.num_dropped for handler in handlers if isinstance(handler, LogWriter))


def hold_stderr() -> None:
    """Opens the standard streams that are closed, before a socket gets their number."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(descriptor)


def _write(line: str) -> bool:
    """Writes to the descriptor itself: the end of the process waits for a lock of `sys.stderr`."""
    rest = line.encode("utf-8", "backslashreplace")
    try:
        while rest:
            try:
                rest = rest[os.write(_STDERR, rest) :]
            except BlockingIOError:
                select.select([], [_STDERR], [])
    except (OSError, ValueError):
        return False
    return True
