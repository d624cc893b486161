"""Runs the parts of a request's work in threads, and leaves nothing of them behind."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from typing import TypeVar

from inference_server.errors import ServerError

_T = TypeVar("_T")


async def run_all(
    calls: Sequence[tuple[Executor, Callable[[], _T]]], *, end: Callable[[], None] = lambda: None
) -> list[_T]:
    """The results of all calls, in order. Raises the error of the first that fails.

    A failure and a cancellation call `end`, and drop the calls that have not begun. This then
    returns only when the others are over, so that none uses memory after its request.
    """
    pending = [executor.submit(_run, call) for executor, call in calls]
    futures = [asyncio.wrap_future(future) for future in pending]
    try:
        await asyncio.wait(futures, return_when=asyncio.FIRST_EXCEPTION)
        error = next((f.exception() for f in futures if f.done() and f.exception()), None)
        if error is None:
            return [future.result() for future in futures]
        raise error
    finally:
        try:
            end()
            _cancel(pending)
            await _wait_for_all(futures)
            _forget(futures)
        finally:
            # The traceback of an error holds this frame, and a future its error and its pixels.
            pending.clear()
            futures.clear()
            error = None


async def _wait_for_all(futures: Sequence["asyncio.Future[_T]"]) -> None:
    """Waits until all are over, however often the task is cancelled meanwhile."""
    cancellation: asyncio.CancelledError | None = None
    while not all(future.done() for future in futures):
        try:
            await asyncio.wait(futures)
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is not None:
        raise cancellation


def _run(call: Callable[[], _T]) -> _T:
    try:
        return call()
    except ServerError as error:
        # What led to it holds the frames of the decoder, and these the pixels.
        error.__context__ = None
        raise error.with_traceback(None)  # noqa: B904


def _cancel(pending: Sequence["Future[_T]"]) -> None:
    for future in pending:
        future.cancel()


def _forget(futures: Sequence["asyncio.Future[_T]"]) -> None:
    """Takes note of errors that nobody asks for, so that they are not logged."""
    for future in futures:
        if not future.cancelled():
            future.exception()
