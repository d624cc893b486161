"""An inference server that answers by a script, behind real gRPC."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_status import rpc_status
from nemotron_vl.completion import CompletionBuilder
from nemotron_vl.v1 import inference_pb2, inference_pb2_grpc, model_pb2, model_pb2_grpc

Event = inference_pb2.StreamGenerateResponse
Script = Callable[["FakeServer", inference_pb2.Generation], AsyncIterator[Event]]

MODEL = "nvidia/nemotron-nano-12b-v2-vl"
ALIAS = "nvidia/nemotron-nano-12b-v2-vl-fp8"


def started() -> Event:
    event = Event(started=inference_pb2.Started(id="abc", model=MODEL))
    event.started.create_time.seconds = 1_700_000_000
    return event


def delta(text: str, index: int = 0, **fields: Any) -> Event:
    return Event(delta=inference_pb2.Delta(choice_index=index, text=text, num_tokens=1, **fields))


def finish(index: int = 0, **fields: Any) -> Event:
    fields.setdefault("reason", inference_pb2.FINISH_REASON_STOP)
    return Event(finish=inference_pb2.Finish(choice_index=index, **fields))


def ended(prompt_tokens: int = 7, completion_tokens: int = 2) -> Event:
    usage = inference_pb2.Usage(
        prompt_tokens=prompt_tokens, completion_tokens=completion_tokens, image_tokens=5
    )
    return Event(ended=inference_pb2.Ended(usage=usage))


async def answer(
    server: "FakeServer", generation: inference_pb2.Generation
) -> AsyncIterator[Event]:
    for event in (started(), delta("A "), delta("cat"), finish(), ended()):
        yield event


async def hang(server: "FakeServer", generation: inference_pb2.Generation) -> AsyncIterator[Event]:
    yield started()
    yield delta("A ")
    await server.release.wait()
    for event in (delta("cat"), finish(), ended()):
        yield event


class FakeServer(inference_pb2_grpc.InferenceServiceServicer, model_pb2_grpc.ModelServiceServicer):
    """Answers by a script; remembers what it was asked, and whether a caller left."""

    def __init__(self) -> None:
        self.address = ""
        self.script: Script = answer
        self.generations: list[inference_pb2.Generation] = []
        self.checked: list[inference_pb2.Generation] = []
        self.refusal: Refusal | None = None
        self.metadata: dict[str, str] = {}
        self.is_running = asyncio.Event()
        self.is_cancelled = asyncio.Event()
        self.release = asyncio.Event()
        self.health = HealthServicer()

    async def set_ready(self, is_ready: bool) -> None:
        states = health_pb2.HealthCheckResponse
        status = states.SERVING if is_ready else states.NOT_SERVING
        await self.health.set("nemotron_vl.v1.InferenceService", status)

    async def until_running(self, call: asyncio.Task[Any]) -> None:
        """Returns when a script has begun. A call that is over before it began fails the test."""
        begun = asyncio.create_task(self.is_running.wait())
        await asyncio.wait((begun, call), timeout=30, return_when=asyncio.FIRST_COMPLETED)
        assert self.is_running.is_set(), call

    async def _events(
        self, generation: inference_pb2.Generation, context: grpc.aio.ServicerContext
    ) -> AsyncGenerator[Event]:
        self.generations.append(generation)
        self.metadata = {key: str(value) for key, value in context.invocation_metadata() or ()}
        self.is_running.set()
        is_done = False
        try:
            async for event in self.script(self, generation):
                yield event
            is_done = True
        except Refusal as refusal:
            is_done = True
            await refusal.abort(context)
        finally:
            if not is_done:
                self.is_cancelled.set()

    async def Generate(  # noqa: N802
        self, request: inference_pb2.GenerateRequest, context: grpc.aio.ServicerContext
    ) -> inference_pb2.GenerateResponse:
        builder = CompletionBuilder()
        async for event in self._events(request.generation, context):
            builder.add(event)
        return inference_pb2.GenerateResponse(completion=builder.completion)

    async def StreamGenerate(  # noqa: N802
        self, request: inference_pb2.StreamGenerateRequest, context: grpc.aio.ServicerContext
    ) -> AsyncGenerator[Event]:
        async for event in self._events(request.generation, context):
            yield event

    async def CheckGeneration(  # noqa: N802
        self, request: inference_pb2.CheckGenerationRequest, context: grpc.aio.ServicerContext
    ) -> inference_pb2.CheckGenerationResponse:
        self.checked.append(request.generation)
        if self.refusal:
            await self.refusal.abort(context)
        return inference_pb2.CheckGenerationResponse()

    async def ListModels(  # noqa: N802
        self, request: model_pb2.ListModelsRequest, context: grpc.aio.ServicerContext
    ) -> model_pb2.ListModelsResponse:
        return model_pb2.ListModelsResponse(models=[_model()])

    async def GetModel(  # noqa: N802
        self, request: model_pb2.GetModelRequest, context: grpc.aio.ServicerContext
    ) -> model_pb2.GetModelResponse:
        if request.HasField("name") and request.name not in (MODEL, ALIAS):
            await Refusal("NOT_FOUND", "No such model.", "MODEL_NOT_FOUND").abort(context)
        return model_pb2.GetModelResponse(model=_model())

    async def GetMetrics(  # noqa: N802
        self, request: model_pb2.GetMetricsRequest, context: grpc.aio.ServicerContext
    ) -> model_pb2.GetMetricsResponse:
        return model_pb2.GetMetricsResponse(text="server_family 1\n")


class Refusal(Exception):
    """Raised by a script to end the call as the real server would."""

    def __init__(
        self,
        code: str,
        message: str,
        reason: str | None = None,
        *,
        field: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self._code = grpc.StatusCode[code]
        details: list[Any] = []
        if reason:
            details.append(error_details_pb2.ErrorInfo(reason=reason, domain="nemotron_vl"))
        if field:
            violation = error_details_pb2.BadRequest.FieldViolation(field=field)
            details.append(error_details_pb2.BadRequest(field_violations=[violation]))
        if retry_after_s is not None:
            delay = duration_pb2.Duration(seconds=retry_after_s)
            details.append(error_details_pb2.RetryInfo(retry_delay=delay))
        self._status = status_pb2.Status(
            code=self._code.value[0], message=message, details=[_packed(d) for d in details]
        )

    async def abort(self, context: grpc.aio.ServicerContext) -> None:
        rich = rpc_status.to_status(self._status)
        await context.abort(rich.code, rich.details, rich.trailing_metadata)


def _packed(detail: Any) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed


def _model() -> model_pb2.Model:
    limits = model_pb2.Limits(max_model_len=131072)
    model = model_pb2.Model(name=MODEL, aliases=[ALIAS], checkpoint="folder", limits=limits)
    model.create_time.seconds = 1_700_000_000
    return model


@asynccontextmanager
async def running_server() -> AsyncIterator[FakeServer]:
    fake = FakeServer()  # pyright: ignore[reportAbstractUsage] the rest answers UNIMPLEMENTED
    server = grpc.aio.server()
    inference_pb2_grpc.add_InferenceServiceServicer_to_server(fake, server)
    model_pb2_grpc.add_ModelServiceServicer_to_server(fake, server)
    health_pb2_grpc.add_HealthServicer_to_server(fake.health, server)
    fake.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await fake.set_ready(True)
    await server.start()
    try:
        yield fake
    finally:
        await server.stop(0)
