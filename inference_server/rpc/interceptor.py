"""Wraps every call: admission, request id, errors to statuses, one log line."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack, aclosing, asynccontextmanager
from typing import Any, NoReturn, TypeAlias

import grpc
from google.protobuf.message import Message
from grpc_status import rpc_status
from nemotron_vl.services import INFERENCE_SERVICE, MODEL_SERVICE

from inference_server.errors import ServerError, SlowReader
from inference_server.observability.metrics import Metrics
from inference_server.rpc.call import Call, request_id
from inference_server.rpc.calls_in_flight import CallsInFlight
from inference_server.rpc.status import to_status

logger = logging.getLogger(__name__)

# In quotes, since only the stub of the class takes type parameters.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"

_OURS = (f"/{INFERENCE_SERVICE}/", f"/{MODEL_SERVICE}/")

# Slow readers are dropped: their images hold shared memory.
_READ_TIMEOUT_S = 300.0


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Wraps the handlers of our own services, not those of health and reflection."""

    def __init__(self, calls: CallsInFlight, metrics: Metrics) -> None:
        self._calls = calls
        self._metrics = metrics

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["Handler | None"]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "Handler | None":
        handler = await continuation(handler_call_details)
        if handler is None or not handler_call_details.method.startswith(_OURS):
            return handler
        return _wrapped(handler, self._new_call(handler_call_details))

    def _new_call(self, details: grpc.HandlerCallDetails) -> "_Wrapper":
        method = details.method.rpartition("/")[2]
        call = Call(method, request_id(details.invocation_metadata), self._metrics)
        return _Wrapper(call, self._calls)


class _Wrapper:
    """Runs the handler of one call, unary or streaming."""

    def __init__(self, call: Call, calls: CallsInFlight) -> None:
        self._call = call
        self._calls = calls

    def unary(self, behavior: Callable[..., Any]) -> Callable[..., Any]:
        async def respond(request: Message, context: grpc.aio.ServicerContext) -> Message:
            async with self._admitted(request, context):
                response = await behavior(request, context)
                self._call.observe(response)
                return response

        return respond

    def stream(self, behavior: Callable[..., Any]) -> Callable[..., Any]:
        # Responses are written, not yielded: a generator suspended at its yield when the caller
        # leaves would be closed late, by the garbage collector.
        async def respond(request: Any, context: grpc.aio.ServicerContext) -> None:
            async with (
                self._admitted(request, context),
                aclosing(behavior(request, context)) as responses,
            ):
                async for response in responses:
                    self._call.observe(response)
                    await _write(context, response)

        return respond

    @asynccontextmanager
    async def _admitted(
        self, request: Any, context: grpc.aio.ServicerContext
    ) -> AsyncGenerator[None]:
        num_bytes = request.ByteSize() if isinstance(request, Message) else 0
        # Its place is held until the status is sent: for a slow reader, as long as the message.
        with ExitStack() as place:
            try:
                place.enter_context(self._calls.admit(num_bytes))
                yield
            except ServerError as error:
                await self._abort(context, error)
            except asyncio.CancelledError:
                remaining_s = context.time_remaining()
                is_late = remaining_s is not None and remaining_s <= 0
                self._call.end("DEADLINE_EXCEEDED" if is_late else "CANCELLED")
                raise
            except Exception:  # a bug, whose text may contain secrets
                request_id = self._call.request_id
                logger.exception("%s failed", request_id, extra={"request_id": request_id})
                await self._abort(context, ServerError("Internal error."))
            else:
                self._call.end("OK")

    async def _abort(self, context: grpc.aio.ServicerContext, error: ServerError) -> NoReturn:
        self._call.end(error.code)
        status = to_status(error, request_id=self._call.request_id)
        rich = rpc_status.to_status(status)
        await context.abort(rich.code, rich.details, rich.trailing_metadata)
        raise AssertionError("abort has raised")


async def _write(context: grpc.aio.ServicerContext, response: Any) -> None:
    try:
        async with asyncio.timeout(_READ_TIMEOUT_S):
            await context.write(response)
    except TimeoutError:
        raise SlowReader(f"The answer has not been read for {_READ_TIMEOUT_S:g} s.") from None


def _wrapped(handler: Handler, wrapper: _Wrapper) -> Handler:
    serializers = (handler.request_deserializer, handler.response_serializer)
    if handler.stream_stream:
        behavior = wrapper.stream(handler.stream_stream)
        return grpc.stream_stream_rpc_method_handler(behavior, *serializers)
    if handler.unary_stream:
        behavior = wrapper.stream(handler.unary_stream)
        return grpc.unary_stream_rpc_method_handler(behavior, *serializers)
    assert handler.unary_unary, "the contract has only these kinds"
    return grpc.unary_unary_rpc_method_handler(wrapper.unary(handler.unary_unary), *serializers)
