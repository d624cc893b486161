"""Answers the items of one call, each merged into what they share when its turn comes.

A merged item is a copy of the defaults. So the copies of one call are bounded by their bytes,
beyond which items wait, and are counted among the bytes of all requests in flight.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from nemotron_vl.v1.inference_pb2 import BatchItem, BatchResult, Completion, Generation, Status

from inference_server.caller import CALLER
from inference_server.errors import InvalidArgument, ServerError
from inference_server.rpc.admission.calls_in_flight import CallsInFlight
from inference_server.rpc.status import to_status

logger = logging.getLogger(__name__)

# Each result repeats its item's key.
_MAX_KEY_BYTES = 4096

Answer = Callable[[Generation], Awaitable[Completion]]


class Items:
    """Items that share `defaults`. Copies of at most max_bytes exist at once, or a single one.

    `are_counted` says whether the items themselves already count among the bytes in flight.
    """

    def __init__(
        self,
        answer: Answer,
        defaults: Generation,
        *,
        calls: CallsInFlight,
        max_bytes: int,
        are_counted: bool,
    ) -> None:
        self._answer = answer
        self._defaults = defaults
        self._num_default_bytes = defaults.ByteSize()
        self._calls = calls
        self._max_bytes = max_bytes
        self._are_counted = are_counted
        self._num_bytes = 0
        self._has_room = asyncio.Event()
        self._copying = asyncio.Lock()

    async def result(self, index: int, item: BatchItem) -> BatchResult:
        """The item's outcome: its answer, or the status of what went wrong."""
        result = BatchResult(index=index)
        try:
            if item.HasField("key"):
                result.key = _checked_key(item.key)
            result.completion.CopyFrom(await self._completion(item))
        except ServerError as error:
            # Futures hold the error and its frames the futures: a circle around the item's copy.
            error.__traceback__ = None
            result.status.CopyFrom(_status(error))
        except Exception:  # a bug that one item meets must not end the others
            logger.exception("item %d failed", index)
            result.status.CopyFrom(_status(ServerError("Internal error.")))
        return result

    async def _completion(self, item: BatchItem) -> Completion:
        caller, num_item_bytes = CALLER.get(), item.ByteSize()
        num_copied = self._num_default_bytes + num_item_bytes if self._num_default_bytes else 0
        with self._calls.hold(caller, 0 if self._are_counted else num_item_bytes):
            async with self._turn(num_copied):
                # Other calls come between two copies: all items of a call are ready in one step of
                # the loop, and many may be refused without a wait.
                async with self._copying:
                    await asyncio.sleep(0)
                with self._calls.hold(caller, num_copied):
                    return await self._answer(self._merged(item))

    def _merged(self, item: BatchItem) -> Generation:
        if not self._num_default_bytes:
            return item.generation
        generation = Generation()
        generation.CopyFrom(self._defaults)
        generation.MergeFrom(item.generation)
        return generation

    @asynccontextmanager
    async def _turn(self, num_bytes: int) -> AsyncGenerator[None]:
        while self._num_bytes and self._num_bytes + num_bytes > self._max_bytes:
            await self._has_room.wait()
        self._num_bytes += num_bytes
        try:
            yield
        finally:
            self._num_bytes -= num_bytes
            self._has_room.set()
            self._has_room = asyncio.Event()


def _checked_key(key: str) -> str:
    num_bytes = len(key.encode())
    if num_bytes > _MAX_KEY_BYTES:
        raise InvalidArgument(
            f"The key has {num_bytes} bytes; at most {_MAX_KEY_BYTES} are allowed.", field="key"
        )
    return key


def _status(error: ServerError) -> Status:
    status = to_status(error)
    return Status(code=status.code, message=status.message, details=status.details)
