"""InferenceService: each RPC checks the request and calls the service."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from functools import partial

import grpc
from nemotron_vl.v1 import inference_pb2, inference_pb2_grpc

from inference_server.config import RpcConfig
from inference_server.errors import PayloadTooLarge
from inference_server.prompt.media_parts import media_parts
from inference_server.rpc.admission.calls_in_flight import CallsInFlight
from inference_server.rpc.batch import batch_results
from inference_server.rpc.gate import Gate, Served
from inference_server.rpc.pipeline import Pipeline

# Of a message, what stands around the completion: an item's index and key.
_ENVELOPE_BYTES = 8192


class InferenceServicer(inference_pb2_grpc.InferenceServiceServicer):
    """Generates, streams, batches, pipes and counts."""

    def __init__(self, gate: Gate, calls: CallsInFlight, config: RpcConfig) -> None:
        self._gate = gate
        self._calls = calls
        self._config = config

    async def Generate(
        self, request: inference_pb2.GenerateRequest, context: grpc.aio.ServicerContext
    ) -> inference_pb2.GenerateResponse:
        completion = await _answer(self._gate.served, request.generation)
        return inference_pb2.GenerateResponse(completion=completion)

    async def StreamGenerate(
        self, request: inference_pb2.StreamGenerateRequest, context: grpc.aio.ServicerContext
    ) -> AsyncGenerator[inference_pb2.StreamGenerateResponse]:
        served = self._gate.served
        served.validator.check(request.generation)
        async with aclosing(served.service.stream(request.generation)) as events:
            async for event in events:
                yield event

    async def BatchGenerate(
        self, request: inference_pb2.BatchGenerateRequest, context: grpc.aio.ServicerContext
    ) -> AsyncGenerator[inference_pb2.BatchGenerateResponse]:
        served = self._gate.served
        served.validator.check_batch(request)
        answer = partial(_answer, served)
        results = batch_results(
            request,
            answer,
            calls=self._calls,
            max_concurrency=self._config.max_batch_concurrency,
            max_bytes=self._config.max_message_bytes,
        )
        async with aclosing(results):
            async for result in results:
                yield inference_pb2.BatchGenerateResponse(result=result)

    async def Pipeline(
        self,
        request_iterator: AsyncIterator[inference_pb2.PipelineRequest],
        context: grpc.aio.ServicerContext,
    ) -> AsyncGenerator[inference_pb2.PipelineResponse]:
        validator = self._gate.served.validator

        async def answer(generation: inference_pb2.Generation) -> inference_pb2.Completion:
            # The gate is asked for each item: it may close while the pipeline is open.
            return await _answer(self._gate.served, generation)

        pipeline = Pipeline(
            answer,
            self._calls,
            validator.check_defaults,
            num_credits=self._config.max_batch_concurrency,
            max_bytes=self._config.max_message_bytes,
            idle_timeout_s=self._config.pipeline_idle_timeout_s,
        )
        async with aclosing(pipeline.responses(request_iterator)) as responses:
            async for response in responses:
                yield response

    async def CountTokens(
        self, request: inference_pb2.CountTokensRequest, context: grpc.aio.ServicerContext
    ) -> inference_pb2.CountTokensResponse:
        served = self._gate.served
        served.validator.check(request.generation)
        return await served.service.count(request.generation)

    async def CheckGeneration(
        self, request: inference_pb2.CheckGenerationRequest, context: grpc.aio.ServicerContext
    ) -> inference_pb2.CheckGenerationResponse:
        _stand_in_for_data(request.generation)
        self._gate.served.validator.check(request.generation)
        return inference_pb2.CheckGenerationResponse()


def _stand_in_for_data(generation: inference_pb2.Generation) -> None:
    """Gives media without data a byte, so that all else about them is judged."""
    for _, part in media_parts(generation):
        holders = (part.image,) if part.HasField("image") else (part.video,)
        if part.video.HasField("frames"):
            holders = part.video.frames.frames
        for holder in holders:
            holder.data = holder.data or b"?"


async def _answer(served: Served, generation: inference_pb2.Generation) -> inference_pb2.Completion:
    served.validator.check(generation)
    completion = await served.service.complete(generation)
    num_bytes, most = completion.ByteSize(), served.model.limits.max_message_bytes - _ENVELOPE_BYTES
    if num_bytes > most:
        raise PayloadTooLarge(
            f"The answer has {num_bytes} bytes, but a message may have at most {most}: ask for "
            "fewer tokens, choices or log probabilities, or for a stream."
        )
    return completion
