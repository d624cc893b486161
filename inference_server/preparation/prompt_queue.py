"""Builds prompts in threads, in which no short text waits for a long one or for images.

What waits is bounded by its bytes, and what nobody waits for any more is not built.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import TypeVar

from inference_server.caller import CALLER, CallerTurns
from inference_server.errors import Overloaded
from inference_server.preparation.threads import run_all
from serving.callers import CallerShares

T = TypeVar("T")

# Bytes of a short text: at most 40 ms of work.
_MAX_SHORT = 32 * 2**10
# Of each line.
_NUM_THREADS = 2


class PromptQueue:
    """Lines of work for short texts, for long ones, and for prompts with images or videos, whose
    scaling takes longer than any text. close() frees their threads.
    """

    def __init__(self, *, max_bytes: int, max_caller_share: float) -> None:
        """max_bytes bounds the text of each line, waiting or at work."""
        self._short = _Line("prompt", max_bytes, max_caller_share)
        self._long = _Line("long-prompt", max_bytes, max_caller_share)
        self._media = _Line("media-prompt", max_bytes, max_caller_share)

    async def build(
        self, build: Callable[[Callable[[], bool]], T], num_bytes: int, *, has_media: bool = False
    ) -> T:
        """Calls `build` in a thread; it is given a function that says whether it is given up.

        Raises Overloaded if too much text waits already.
        """
        text_line = self._short if num_bytes <= _MAX_SHORT else self._long
        line = self._media if has_media else text_line
        return await line.build(build, num_bytes)

    def close(self) -> None:
        for line in (self._short, self._long, self._media):
            line.close()


class _Line:
    def __init__(self, name: str, max_bytes: int, max_caller_share: float) -> None:
        self._threads = ThreadPoolExecutor(_NUM_THREADS, thread_name_prefix=name)
        self._turns = CallerTurns(_NUM_THREADS)
        self._max_bytes = max_bytes
        self._num_bytes = 0
        self._callers = CallerShares(int(max_bytes * max_caller_share))

    async def build(self, build: Callable[[Callable[[], bool]], T], num_bytes: int) -> T:
        caller = CALLER.get()
        if self._num_bytes and self._num_bytes + num_bytes > self._max_bytes:
            raise Overloaded(
                f"This request's text of {num_bytes} bytes and those that wait to become prompts "
                f"together exceed the limit of {self._max_bytes} bytes."
            )
        if not self._callers.has_room(caller, num_bytes):
            raise Overloaded(
                f"This request's text of {num_bytes} bytes and the caller's others that wait to "
                f"become prompts exceed the {self._callers.most} bytes that one caller may have."
            )
        is_given_up = Event()
        call = partial(build, is_given_up.is_set)
        self._num_bytes += num_bytes
        try:
            with self._callers.hold(caller, num_bytes):
                async with self._turns.turn():
                    # No name for it here: the traceback of an error holds this frame.
                    return (await run_all([(self._threads, call)], end=is_given_up.set))[0]
        finally:
            self._num_bytes -= num_bytes

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
