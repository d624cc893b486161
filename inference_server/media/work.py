"""The decoding of images, which ends when its request does, and after so much time."""

import io
import math
import time

# The slowest file within the other limits, a JPEG of 64 scans and 64 million pixels, takes 12.
_MAX_CPU_S = 20.0


class GivenUp(Exception):
    """The request has ended: nobody waits for the image."""


class TooSlow(Exception):
    """The image takes too much of its thread's time."""


class Work:
    """Decodes files in one thread, in turn. Any thread may end it.

    Pillow cannot be stopped, but it reads its file in pieces: each reading is a place to stop.
    """

    def __init__(self) -> None:
        self._is_ended = False
        self._start_s = math.inf

    def begin(self) -> None:
        """Begins an image: its time is counted from now on, that of the thread alone."""
        self._start_s = time.thread_time()
        self.check()

    def end(self) -> None:
        """Lets the decoding stop where it next reads. Harmless before its start and its end."""
        self._is_ended = True

    def check(self) -> None:
        """Raises GivenUp after the end, and TooSlow after too much time."""
        if self._is_ended:
            raise GivenUp
        if time.thread_time() - self._start_s > _MAX_CPU_S:
            raise TooSlow

    def file(self, data: bytes) -> io.BytesIO:
        """A file for a decoder to read."""
        return _File(data, self)


class _File(io.BytesIO):
    def __init__(self, data: bytes, work: Work) -> None:
        super().__init__(data)
        self._work = work

    def read(self, size: int | None = -1, /) -> bytes:
        self._work.check()
        return super().read(size)
