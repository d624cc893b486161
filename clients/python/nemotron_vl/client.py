"""The synchronous client, the twin of `aio`. Shared code is in generation, channel and errors."""

from collections.abc import Generator, Iterable
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


class Client:
    """A connection to a server. Keep one and share it: it is safe across threads."""

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
            self._channel = grpc.insecure_channel(address, options)
        else:
            self._channel = grpc.secure_channel(address, credentials, options)
        self._defaults = CallDefaults(api_key=api_key, timeout_s=timeout_s)
        self._inference = inference_pb2_grpc.InferenceServiceStub(self._channel)
        self._models = model_pb2_grpc.ModelServiceStub(self._channel)
        self._check: grpc.UnaryUnaryMultiCallable[
            health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse
        ] = self._channel.unary_unary(
            HEALTH_CHECK,
            health_pb2.HealthCheckRequest.SerializeToString,
            health_pb2.HealthCheckResponse.FromString,
        )

    def generate(
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
            return self._inference.Generate(request, **call).completion

    def stream(
        self,
        conversation: Conversation,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
        **options: Unpack[Options],
    ) -> Generator[inference_pb2.StreamGenerateResponse]:
        """The answer as a stream of events. Closing the generator cancels it."""
        request = inference_pb2.StreamGenerateRequest(
            generation=build_generation(conversation, options)
        )
        with translated():
            call = self._defaults.arguments(timeout_s, request_id)
            events = self._inference.StreamGenerate(request, **call)
            try:
                yield from events
            finally:
                events.cancel()

    def batch(
        self,
        conversations: Iterable[Conversation],
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
        **options: Unpack[Options],
    ) -> Generator[inference_pb2.BatchResult]:
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
                for response in responses:
                    yield response.result
            finally:
                responses.cancel()

    def count_tokens(
        self, conversation: Conversation, **options: Unpack[Options]
    ) -> inference_pb2.CountTokensResponse:
        """The tokens of a conversation, without generating."""
        request = inference_pb2.CountTokensRequest(
            generation=build_generation(conversation, options)
        )
        with translated():
            return self._inference.CountTokens(request, **self._defaults.arguments())

    def model(self, name: str | None = None) -> model_pb2.Model:
        """The served model: its limits, defaults and features."""
        with translated():
            request = model_pb2.GetModelRequest(name=name)
            return self._models.GetModel(request, **self._defaults.arguments()).model

    def health(self, service: str = INFERENCE_SERVICE) -> bool:
        """Whether the model is serving; with an empty name, whether the process is."""
        request = health_pb2.HealthCheckRequest(service=service)
        try:
            with translated():
                response = self._check(request, **self._defaults.arguments())
        except NotFound:
            return False
        return response.status == health_pb2.HealthCheckResponse.SERVING

    def close(self) -> None:
        """Cancels running calls and closes the connection."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
