"""POST /v1/chat/completions, from the body to the last event."""

import logging

import grpc
from aiohttp import web
from nemotron_vl.v1 import inference_pb2

from http_gateway.backend import BACKEND
from http_gateway.byte_budget import BYTES, Share
from http_gateway.chat.parse import parse_body
from http_gateway.chat.request import ChatRequest, build_request
from http_gateway.chat.response import ChunkWriter, completion_parts
from http_gateway.config import CONFIG
from http_gateway.edge.callers import caller_of
from http_gateway.edge.requests import LATE_STATUS, REQUEST_ID, call_metadata, read_json
from http_gateway.edge.responses import send_json
from http_gateway.edge.sse import EventStream
from http_gateway.errors import ApiError, Bug, PayloadTooLarge
from http_gateway.lifecycle import DRAIN
from http_gateway.media.data_url import is_data_url
from http_gateway.media.source import MEDIA
from http_gateway.metrics import METRICS
from http_gateway.translation.rpc_errors import from_rpc

_logger = logging.getLogger(__name__)

_Call = grpc.aio.UnaryStreamCall[
    inference_pb2.StreamGenerateRequest, inference_pb2.StreamGenerateResponse
]

# More than the fields around the media take in the message.
_MARGIN_BYTES = 1024


async def chat_completions(request: web.Request) -> web.StreamResponse:
    """Answers one conversation, whole or as a stream."""
    budget = request.app[BYTES]
    with request.app[DRAIN].generation(), budget.share(caller_of(request)) as share:
        chat = build_request(parse_body(await read_json(request, share)))
        await _fill_media(request, chat, share)
        if isinstance(chat.message, inference_pb2.StreamGenerateRequest):
            return await _stream(request, chat, chat.message)
        return await _generate(request, chat, chat.message)


async def _fill_media(request: web.Request, chat: ChatRequest, share: Share) -> None:
    if any(not is_data_url(media.url) for media in chat.media):
        await _check(request, chat)
    if chat.media:
        with request.app[METRICS].media.time():
            await request.app[MEDIA].fill(chat.media, share, caller=caller_of(request))
        # Frees their URLs, most of the body, before an answer that may take long.
        chat.media.clear()
    limit = request.app[CONFIG].max_message_bytes - _MARGIN_BYTES
    if chat.generation.ByteSize() > limit:
        raise PayloadTooLarge(
            f"Text and media together may have at most {limit} bytes.", param="messages"
        )


async def _check(request: web.Request, chat: ChatRequest) -> None:
    """Lets the server refuse the request before a URL is dialed for it."""
    message = inference_pb2.CheckGenerationRequest(generation=chat.generation)
    try:
        await request.app[BACKEND].inference.CheckGeneration(
            message,
            timeout=request.app[CONFIG].request_timeout_s,
            metadata=call_metadata(request),
        )
    except grpc.RpcError as error:
        raise from_rpc(error, chat.params) from None


async def _generate(
    request: web.Request, chat: ChatRequest, message: inference_pb2.GenerateRequest
) -> web.StreamResponse:
    try:
        response = await request.app[BACKEND].inference.Generate(
            message,
            timeout=request.app[CONFIG].request_timeout_s,
            metadata=call_metadata(request),
        )
    except grpc.RpcError as error:
        raise from_rpc(error, chat.params) from None
    parts = completion_parts(response.completion, include_reasoning=chat.include_reasoning)
    # Sent here, since a drain waits for handlers only.
    return await send_json(request, parts, stall_timeout_s=request.app[CONFIG].stall_timeout_s)


async def _stream(
    request: web.Request, chat: ChatRequest, message: inference_pb2.StreamGenerateRequest
) -> web.StreamResponse:
    config = request.app[CONFIG]
    call = request.app[BACKEND].inference.StreamGenerate(
        message,
        timeout=config.request_timeout_s,
        metadata=call_metadata(request),
    )
    try:
        # Headers wait for the first event, so that a refused request gets an error status.
        first = await _next(call, chat)
        async with EventStream(
            request, heartbeat_s=config.heartbeat_s, stall_timeout_s=config.stall_timeout_s
        ) as stream:
            await _relay(first, call, chat, stream, request)
            return stream.response
    finally:
        call.cancel()


async def _relay(
    event: inference_pb2.StreamGenerateResponse,
    call: _Call,
    chat: ChatRequest,
    stream: EventStream,
    request: web.Request,
) -> None:
    writer = ChunkWriter(usage=chat.usage, include_reasoning=chat.include_reasoning)
    try:
        await stream.send(writer.chunks(event))
        while not writer.is_ended:
            await stream.send(writer.chunks(await _next(call, chat)))
        # The status follows at once. A call cancelled before it would count as failed.
        await call.code()
    except ApiError as error:
        await _fail(error, stream, request)
    except ConnectionResetError:
        raise
    except Exception:
        # The headers are sent: another response would be written into this one.
        request_id = request[REQUEST_ID]
        _logger.exception("request %s failed", request_id, extra={"request_id": request_id})
        await _fail(Bug(), stream, request)
    await stream.close()


async def _fail(error: ApiError, stream: EventStream, request: web.Request) -> None:
    request[LATE_STATUS] = error.status
    await stream.send([error.body])


async def _next(call: _Call, chat: ChatRequest) -> inference_pb2.StreamGenerateResponse:
    try:
        event = await call.read()
    except grpc.RpcError as error:
        raise from_rpc(error, chat.params) from None
    if not isinstance(event, inference_pb2.StreamGenerateResponse):
        raise ApiError(500, "The inference server ended its answer too early.")
    return event
