"""InferenceService: each RPC is a check and a call of the service."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import grpc
from nemotron_vl.v1 import inference_pb2, inference_pb2_grpc

from inference_server.errors import Unsupported
from inference_server.rpc.batch import batch_results
from inference_server.rpc.gate import Gate


class InferenceServicer(inference_pb2_grpc.InferenceServiceServicer):
    """Generates, streams, batches and counts. Pipeline is not there yet."""

    def __init__(self, gate: Gate, *, max_batch_concurrency: int) -> None:
        self._gate = gate
        self._max_batch_concurrency = max_batch_concurrency

    async def Generate(
        self, request: inference_pb2.GenerateRequest, context: grpc.aio.ServicerContext
    ) -> inference_pb2.GenerateResponse:
        served = self._gate.served
        served.validator.check(request.generation)
        completion = await served.service.complete(request.generation)
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

        async def answer(generation: inference_pb2.Generation) -> inference_pb2.Completion:
            served.validator.check(generation)
            return await served.service.complete(generation)

        results = batch_results(request, answer, max_concurrency=self._max_batch_concurrency)
        async with aclosing(results):
            async for result in results:
                yield inference_pb2.BatchGenerateResponse(result=result)

    async def Pipeline(
        self,
        request_iterator: AsyncIterator[inference_pb2.PipelineRequest],
        context: grpc.aio.ServicerContext,
    ) -> AsyncGenerator[inference_pb2.PipelineResponse]:
        raise Unsupported("This server does not support Pipeline yet.")
        yield

    async def CountTokens(
        self, request: inference_pb2.CountTokensRequest, context: grpc.aio.ServicerContext
    ) -> inference_pb2.CountTokensResponse:
        served = self._gate.served
        served.validator.check(request.generation)
        return await served.service.count(request.generation)
