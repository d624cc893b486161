"""Wraps every call: admission, its request, errors to statuses, one log line."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from contextlib import ExitStack, aclosing, asynccontextmanager, contextmanager
from enum import Enum
from inspect import isasyncgen
from typing import Any, NoReturn, TypeAlias

import grpc
from google.protobuf.message import Message
from grpc_status import rpc_status
from nemotron_vl.services import INFERENCE_SERVICE, MODEL_SERVICE

from inference_server.caller import CALLER
from inference_server.config import RpcConfig
from inference_server.errors import ServerError, SlowReader
from inference_server.observability.metrics import Metrics
from inference_server.rpc.admission.call import Call, request_id
from inference_server.rpc.admission.calls_in_flight import CallsInFlight
from inference_server.rpc.admission.gateways import Gateways
from inference_server.rpc.admission.operations import Operations
from inference_server.rpc.admission.request_reader import RequestReader, decode_request
from inference_server.rpc.admission.request_streams import RequestStreams
from inference_server.rpc.status import to_status

logger = logging.getLogger(__name__)

# In quotes, since only the stub of the class takes type parameters.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"

_INFERENCE = f"/{INFERENCE_SERVICE}/"
_OURS = (_INFERENCE, f"/{MODEL_SERVICE}/")

# They end at once, or stay open for the hand of one person.
_MAX_REFLECTIONS = 16

# Slow readers are dropped: their images hold shared memory.
_READ_TIMEOUT_S = 300.0


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Wraps the handlers of all services. Calls of our own are logged and counted, too."""

    def __init__(self, calls: CallsInFlight, metrics: Metrics, config: RpcConfig) -> None:
        self.calls = calls
        # Streams of health stay open, and must not take the places of calls that end at once.
        self._operations = {False: Operations(), True: Operations()}
        share = config.max_caller_share
        self._pipelines = RequestStreams("pipelines", config.max_pipelines, max_caller_share=share)
        self._reflections = RequestStreams(
            "calls of reflection", _MAX_REFLECTIONS, max_caller_share=share
        )
        self.metrics = metrics
        self.gateways = Gateways(config.trusted_gateways)
        # Each kind of calls has readers of its own, so that slow requests keep nobody from looking.
        self._generation_reader = RequestReader(
            timeout_s=config.message_timeout_s, max_caller_share=share
        )
        self._operation_reader = RequestReader(
            timeout_s=config.message_timeout_s, max_caller_share=share
        )

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["Handler | None"]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "Handler | None":
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        return _wrapped(handler, self, handler_call_details)

    @contextmanager
    def place(self, path: str, caller: str, kind: "_Kind") -> Generator[None]:
        """A place for a call; what only looks at the server needs none among the generations."""
        is_generation = path.startswith(_INFERENCE)
        with ExitStack() as stack:
            if kind is _Kind.MANY_REQUESTS:
                streams = self._pipelines if is_generation else self._reflections
                stack.enter_context(streams.admit(caller))
            operations = self._operations[kind is not _Kind.ONE_ANSWER]
            stack.enter_context((self.calls if is_generation else operations).admit(caller))
            yield

    def reader(self, path: str) -> RequestReader:
        """Who reads the request of a call."""
        return self._generation_reader if path.startswith(_INFERENCE) else self._operation_reader


class _Kind(Enum):
    """How many requests and answers a method has: one of each, many answers, or many of both."""

    ONE_ANSWER = "unary"
    MANY_ANSWERS = "answers"
    MANY_REQUESTS = "requests"


class _Wrapper:
    """Runs the handler of one call. Its request is read here, once the call has a place."""

    def __init__(
        self, interceptor: CallInterceptor, details: grpc.HandlerCallDetails, kind: _Kind
    ) -> None:
        self._kind = kind
        self._interceptor = interceptor
        self._path = details.method
        self._method = details.method[1:].replace("/", ".")
        self._call: Call | None = None
        if self._path.startswith(_OURS):
            name = self._path.rpartition("/")[2]
            self._call = Call(name, request_id(details.invocation_metadata), interceptor.metrics)

    def one_request(self, behavior: Callable[..., Any]) -> Callable[..., Any]:
        """For a method that takes one request."""

        async def respond(_: object, context: grpc.aio.ServicerContext) -> Message | None:
            async with self._admitted(context) as place:
                data = await self._interceptor.reader(self._path).read(context)
                place.enter_context(self._interceptor.calls.hold(CALLER.get(), len(data)))
                request = await decode_request(self._method, data)
                del data
                return await self._answer(behavior(request, context), context)

        return respond

    def many_requests(self, behavior: Callable[..., Any]) -> Callable[..., Any]:
        """For a method that takes requests for as long as its caller likes."""

        async def respond(_: object, context: grpc.aio.ServicerContext) -> None:
            async with self._admitted(context):
                requests = _requests(context, self._method)
                await self._answer(behavior(requests, context), context)

        return respond

    async def _answer(self, answer: Any, context: grpc.aio.ServicerContext) -> Message | None:
        if not isasyncgen(answer):
            response = await answer
            self._observe(response)
            return response
        # Responses are written, not yielded: a generator suspended at its yield when the caller
        # leaves would be closed late, by the garbage collector.
        async with aclosing(answer) as responses:
            async for response in responses:
                self._observe(response)
                await _write(context, response)
        return None

    @asynccontextmanager
    async def _admitted(self, context: grpc.aio.ServicerContext) -> AsyncGenerator[ExitStack]:
        caller = self._interceptor.gateways.caller_of(context)
        CALLER.set(caller)
        # Its place is held until the status is sent: for a slow reader, as long as the message.
        with ExitStack() as place:
            try:
                place.enter_context(self._interceptor.place(self._path, caller, self._kind))
                yield place
            except ServerError as error:
                await self._abort(context, error)
            except asyncio.CancelledError:
                remaining_s = context.time_remaining()
                is_late = remaining_s is not None and remaining_s <= 0
                self._end("DEADLINE_EXCEEDED" if is_late else "CANCELLED")
                raise
            except grpc.aio.InternalError:
                # The caller has left, and the news of it comes after the write that failed.
                self._end("CANCELLED")
                raise asyncio.CancelledError from None
            except grpc.aio.AbortError:  # by health, of a service it does not know
                raise
            except Exception:  # a bug, whose text may contain secrets
                logger.exception("%s failed", self._method, extra=self._about())
                await self._abort(context, ServerError("Internal error."))
            else:
                self._end("OK")

    async def _abort(self, context: grpc.aio.ServicerContext, error: ServerError) -> NoReturn:
        self._end(error.code)
        status = to_status(error, request_id=self._call.request_id if self._call else None)
        rich = rpc_status.to_status(status)
        await context.abort(rich.code, rich.details, rich.trailing_metadata)
        raise AssertionError("abort has raised")

    def _observe(self, response: Any) -> None:
        if self._call:
            self._call.observe(response)

    def _end(self, code: str) -> None:
        if self._call:
            self._call.end(code)

    def _about(self) -> dict[str, str]:
        return {"request_id": self._call.request_id} if self._call else {}


async def _requests(context: grpc.aio.ServicerContext, method: str) -> AsyncIterator[Message]:
    while isinstance(data := await context.read(), bytes):
        yield await decode_request(method, data)


async def _write(context: grpc.aio.ServicerContext, response: Any) -> None:
    try:
        async with asyncio.timeout(_READ_TIMEOUT_S):
            await context.write(response)
    except TimeoutError:
        raise SlowReader(f"The answer has not been read for {_READ_TIMEOUT_S:g} s.") from None


def _wrapped(
    handler: Handler, interceptor: CallInterceptor, details: grpc.HandlerCallDetails
) -> Handler:
    """The same method for its callers. Here it takes a stream of bytes, which is read later."""
    serializer = handler.response_serializer
    if handler.stream_stream:
        wrapper = _Wrapper(interceptor, details, _Kind.MANY_REQUESTS)
        behavior = wrapper.many_requests(handler.stream_stream)
        return grpc.stream_stream_rpc_method_handler(behavior, None, serializer)
    if handler.unary_stream:
        wrapper = _Wrapper(interceptor, details, _Kind.MANY_ANSWERS)
        behavior = wrapper.one_request(handler.unary_stream)
        return grpc.stream_stream_rpc_method_handler(behavior, None, serializer)
    assert handler.unary_unary, "no service here has other kinds"
    wrapper = _Wrapper(interceptor, details, _Kind.ONE_ANSWER)
    behavior = wrapper.one_request(handler.unary_unary)
    return grpc.stream_unary_rpc_method_handler(behavior, None, serializer)
