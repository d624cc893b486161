"""The asynchronous client, the twin of `client`."""

from collections.abc import AsyncGenerator, Iterable
from types import TracebackType
from typing import Self, Unpack

import grpc
from grpc_health.v1 import health_pb2

from nemotron_vl.channel import (
    DEFAULT_ADDRESS,
    MAX_MESSAGE_BYTES,
    CallDefaults,
    channel_options,
)
from nemotron_vl.errors import NotFound, translated
from nemotron_vl.generation import Conversation, Options, build_defaults, build_generation
from nemotron_vl.services import HEALTH_CHECK, INFERENCE_SERVICE
from nemotron_vl.v1 import inference_pb2, inference_pb2_grpc, model_pb2, model_pb2_grpc


class AsyncClient:
    """A connection to a server. Keep one and share it within its event loop."""

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        api_key: str | None = None,
        credentials: grpc.ChannelCredentials | None = None,
        timeout_s: float | None = None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        options = channel_options(max_message_bytes)
        if credentials is None:
            self._channel = grpc.aio.insecure_channel(address, options)
        else:
            self._channel = grpc.aio.secure_channel(address, credentials, options)
        self._defaults = CallDefaults(api_key=api_key, timeout_s=timeout_s)
        self._inference = inference_pb2_grpc.InferenceServiceStub(self._channel)
        self._models = model_pb2_grpc.ModelServiceStub(self._channel)
        self._check: grpc.aio.UnaryUnaryMultiCallable[
            health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse
        ] = self._channel.unary_unary(
            HEALTH_CHECK,
            health_pb2.HealthCheckRequest.SerializeToString,
            health_pb2.HealthCheckResponse.FromString,
        )

    async def generate(
        self,
        conversation: Conversation,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
        **options: Unpack[Options],
    ) -> inference_pb2.Completion:
        """The complete answer to a string, a message or a list of messages."""
        request = inference_pb2.GenerateRequest(generation=build_generation(conversation, options))
        with translated():
            call = self._defaults.arguments(timeout_s, request_id)
            return (await self._inference.Generate(request, **call)).completion

    async def stream(
        self,
        conversation: Conversation,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
        **options: Unpack[Options],
    ) -> AsyncGenerator[inference_pb2.StreamGenerateResponse]:
        """The answer as a stream of events. Closing the generator cancels it."""
        request = inference_pb2.StreamGenerateRequest(
            generation=build_generation(conversation, options)
        )
        with translated():
            call = self._defaults.arguments(timeout_s, request_id)
            events = self._inference.StreamGenerate(request, **call)
            try:
                async for event in events:
                    yield event
            finally:
                events.cancel()

    async def batch(
        self,
        conversations: Iterable[Conversation],
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
        **options: Unpack[Options],
    ) -> AsyncGenerator[inference_pb2.BatchResult]:
        """Many answers, in order of completion. `index` is that of the conversation, and
        `errors.from_item` makes an error of a failed one.
        """
        request = inference_pb2.BatchGenerateRequest(
            defaults=build_defaults(options),
            items=[
                inference_pb2.BatchItem(generation=build_generation(conversation, {}))
                for conversation in conversations
            ],
        )
        with translated():
            call = self._defaults.arguments(timeout_s, request_id)
            responses = self._inference.BatchGenerate(request, **call)
            try:
                async for response in responses:
                    yield response.result
            finally:
                responses.cancel()

    async def count_tokens(
        self, conversation: Conversation, **options: Unpack[Options]
    ) -> inference_pb2.CountTokensResponse:
        """The tokens of a conversation, without generating."""
        request = inference_pb2.CountTokensRequest(
            generation=build_generation(conversation, options)
        )
        with translated():
            return await self._inference.CountTokens(request, **self._defaults.arguments())

    async def model(self, name: str | None = None) -> model_pb2.Model:
        """The served model: its limits, defaults and features."""
        with translated():
            request = model_pb2.GetModelRequest(name=name)
            return (await self._models.GetModel(request, **self._defaults.arguments())).model

    async def health(self, service: str = INFERENCE_SERVICE) -> bool:
        """Whether the model is serving; with an empty name, whether the process is."""
        request = health_pb2.HealthCheckRequest(service=service)
        try:
            with translated():
                response = await self._check(request, **self._defaults.arguments())
        except NotFound:
            return False
        return response.status == health_pb2.HealthCheckResponse.SERVING

    async def close(self) -> None:
        """Cancels running calls and closes the connection."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
