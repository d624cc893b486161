"""Takes conversations as long as the caller sends them; gives results in order of completion.

Credits pace the caller. Each permits one item and is granted again with an item's result, so that
items at work and results not yet read together never exceed the first grant.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import ExitStack

from nemotron_vl.v1.inference_pb2 import (
    BatchItem,
    BatchResult,
    Generation,
    PipelineRequest,
    PipelineResponse,
)

from inference_server.caller import CALLER
from inference_server.errors import Idle, InvalidArgument, ServerError
from inference_server.rpc.admission.calls_in_flight import CallsInFlight
from inference_server.rpc.items import Answer, Items


class Pipeline:
    """The items and results of one call. check_defaults raises what is wrong with defaults."""

    def __init__(
        self,
        answer: Answer,
        calls: CallsInFlight,
        check_defaults: Callable[[Generation], None],
        *,
        num_credits: int,
        max_bytes: int,
        idle_timeout_s: float,
    ) -> None:
        self._answer = answer
        self._calls = calls
        self._check_defaults = check_defaults
        self._num_credits = num_credits
        self._max_bytes = max_bytes
        self._idle_timeout_s = idle_timeout_s
        self._num_at_work = 0
        self._num_items = 0
        self._has_defaults = False
        self._items = self._with(Generation())
        # What the defaults take, until the call ends.
        self._held = ExitStack()
        # Results, then the end of the call: an error, or None.
        self._done: asyncio.Queue[BatchResult | ServerError | None] = asyncio.Queue()

    async def responses(
        self, requests: AsyncIterator[PipelineRequest]
    ) -> AsyncGenerator[PipelineResponse]:
        """Answers the requests. Closing this generator ends all items before it returns."""
        reading = asyncio.create_task(self._read(requests))
        try:
            yield PipelineResponse(credits=self._num_credits)
            while (done := await self._next_done()) is not None:
                if isinstance(done, ServerError):
                    raise done
                self._num_credits += 1
                yield PipelineResponse(result=done)
                yield PipelineResponse(credits=1)
            await reading
        finally:
            reading.cancel()
            try:
                await asyncio.wait([reading])
            finally:
                self._held.close()

    async def _next_done(self) -> BatchResult | ServerError | None:
        while True:
            try:
                async with asyncio.timeout(self._idle_timeout_s):
                    return await self._done.get()
            except TimeoutError:
                if not self._num_at_work:
                    raise Idle(f"No item has been sent for {self._idle_timeout_s:g} s.") from None

    async def _read(self, requests: AsyncIterator[PipelineRequest]) -> None:
        try:
            async with asyncio.TaskGroup() as items:
                try:
                    async for request in requests:
                        if (item := self._item(request)) is not None:
                            items.create_task(self._work(self._num_items, item))
                            self._num_items += 1
                            self._num_at_work += 1
                except ServerError as error:
                    self._done.put_nowait(error)
        finally:
            self._done.put_nowait(None)

    def _item(self, request: PipelineRequest) -> BatchItem | None:
        """The request's item, or None if it sets defaults. Raises InvalidArgument for others."""
        match request.WhichOneof("kind"):
            case "item" if self._num_credits > 0:
                self._num_credits -= 1
                return request.item
            case "item":
                raise InvalidArgument(
                    "No credits are left: wait for credits before the next item.", field="item"
                )
            case "defaults" if not self._has_defaults and not self._num_items:
                self._set_defaults(request.defaults)
                return None
            case "defaults":
                raise InvalidArgument(
                    "Only the first message of a pipeline may set defaults.", field="defaults"
                )
            case _:
                raise InvalidArgument("The message has neither an item nor defaults.")

    def _set_defaults(self, defaults: Generation) -> None:
        self._check_defaults(defaults)
        self._held.enter_context(self._calls.hold(CALLER.get(), defaults.ByteSize()))
        self._has_defaults = True
        self._items = self._with(defaults)

    def _with(self, defaults: Generation) -> Items:
        return Items(
            self._answer,
            defaults,
            calls=self._calls,
            max_bytes=self._max_bytes,
            are_counted=False,
        )

    async def _work(self, index: int, item: BatchItem) -> None:
        result = await self._items.result(index, item)
        self._num_at_work -= 1
        self._done.put_nowait(result)
