"""Builds prompts in threads, in which no short text waits for a long one.

What waits is bounded by its bytes, and what nobody waits for any more is not built.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import TypeVar

from inference_server.errors import Overloaded
from inference_server.threads import run_all

T = TypeVar("T")

# Bytes of a short text: at most 40 ms of work.
_MAX_SHORT = 32 * 2**10
_NUM_SHORT_THREADS = 2


class PromptQueue:
    """Two lines of work, for short texts and for long ones; close() frees their threads."""

    def __init__(self, *, max_bytes: int) -> None:
        """max_bytes bounds the text of each line, waiting or at work."""
        self._short = _Line("prompt", _NUM_SHORT_THREADS, max_bytes)
        self._long = _Line("long-prompt", 1, max_bytes)

    async def build(self, build: Callable[[Callable[[], bool]], T], num_bytes: int) -> T:
        """Calls `build` in a thread; it is given a function that says whether it is given up.

        Raises Overloaded if too much text waits already.
        """
        line = self._short if num_bytes <= _MAX_SHORT else self._long
        return await line.build(build, num_bytes)

    def close(self) -> None:
        for line in (self._short, self._long):
            line.close()


class _Line:
    def __init__(self, name: str, num_threads: int, max_bytes: int) -> None:
        self._threads = ThreadPoolExecutor(num_threads, thread_name_prefix=name)
        self._max_bytes = max_bytes
        self._num_bytes = 0

    async def build(self, build: Callable[[Callable[[], bool]], T], num_bytes: int) -> T:
        if self._num_bytes and self._num_bytes + num_bytes > self._max_bytes:
            raise Overloaded(
                f"This request's text of {num_bytes} bytes and those that wait to become prompts "
                f"together exceed the limit of {self._max_bytes} bytes."
            )
        is_given_up = Event()
        call = partial(build, is_given_up.is_set)
        self._num_bytes += num_bytes
        try:
            # No name for it here: the traceback of an error holds this frame.
            return (await run_all([(self._threads, call)], end=is_given_up.set))[0]
        finally:
            self._num_bytes -= num_bytes

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
