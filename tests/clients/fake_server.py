"""A server that answers by rules which a test can read off the request."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import grpc
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_health.v1.health import HealthServicer
from grpc_status import rpc_status
from nemotron_vl.completion import CompletionBuilder
from nemotron_vl.v1 import inference_pb2, inference_pb2_grpc, model_pb2, model_pb2_grpc
from nemotron_vl.v1.inference_pb2 import StreamGenerateResponse

MAX_BATCH_ITEMS = 3
MAX_MESSAGE_BYTES = 4000
MAX_IMAGE_BYTES = 2000


@dataclass
class FakeServer(inference_pb2_grpc.InferenceServiceServicer, model_pb2_grpc.ModelServiceServicer):
    """Answers with the words it was told and the sizes of the images it was shown.

    An image of the bytes b"broken" is refused, the text "forever" is answered until the caller
    goes, "slow" after its deadline, "full" with Overloaded.
    """

    address: str = ""
    metadata: dict[str, str | bytes] = field(default_factory=dict[str, str | bytes])
    generations: list[inference_pb2.Generation] = field(default_factory=list)
    batch_sizes: list[int] = field(default_factory=list)
    caller_gone: threading.Event = field(default_factory=threading.Event)
    health: HealthServicer = field(default_factory=HealthServicer)

    def StreamGenerate(  # noqa: N802
        self, request: inference_pb2.StreamGenerateRequest, context: grpc.ServicerContext
    ) -> Iterator[StreamGenerateResponse]:
        context.add_callback(self.caller_gone.set)
        yield from self._events(request.generation, context)

    def Generate(  # noqa: N802
        self, request: inference_pb2.GenerateRequest, context: grpc.ServicerContext
    ) -> inference_pb2.GenerateResponse:
        builder = CompletionBuilder()
        for event in self._events(request.generation, context):
            builder.add(event)
        return inference_pb2.GenerateResponse(completion=builder.completion)

    def BatchGenerate(  # noqa: N802
        self, request: inference_pb2.BatchGenerateRequest, context: grpc.ServicerContext
    ) -> Iterator[inference_pb2.BatchGenerateResponse]:
        self.batch_sizes.append(len(request.items))
        for index, item in reversed(list(enumerate(request.items))):
            generation = inference_pb2.Generation()
            generation.CopyFrom(request.defaults)
            generation.MergeFrom(item.generation)
            result = inference_pb2.BatchResult(index=index)
            if refusal := _refusal(generation):
                result.status.MergeFromString(refusal.SerializeToString())
            else:
                builder = CompletionBuilder()
                for event in self._events(generation, context):
                    builder.add(event)
                result.completion.CopyFrom(builder.completion)
            yield inference_pb2.BatchGenerateResponse(result=result)

    def CountTokens(  # noqa: N802
        self, request: inference_pb2.CountTokensRequest, context: grpc.ServicerContext
    ) -> inference_pb2.CountTokensResponse:
        return inference_pb2.CountTokensResponse(prompt_tokens=len(_words(request.generation)))

    def GetModel(  # noqa: N802
        self, request: model_pb2.GetModelRequest, context: grpc.ServicerContext
    ) -> model_pb2.GetModelResponse:
        if request.HasField("name") and request.name != "fake":
            context.abort(grpc.StatusCode.NOT_FOUND, f"The model `{request.name}` does not exist.")
        limits = model_pb2.Limits(
            max_batch_items=MAX_BATCH_ITEMS,
            max_message_bytes=MAX_MESSAGE_BYTES,
            max_image_bytes=MAX_IMAGE_BYTES,
        )
        return model_pb2.GetModelResponse(model=model_pb2.Model(name="fake", limits=limits))

    def _events(
        self, generation: inference_pb2.Generation, context: grpc.ServicerContext
    ) -> Iterator[StreamGenerateResponse]:
        self.metadata = dict(context.invocation_metadata())
        self.generations.append(generation)
        if refusal := _refusal(generation):
            context.abort_with_status(rpc_status.to_status(refusal))
        words = _words(generation)
        if words == ["slow"]:
            self.caller_gone.wait(10)
        yield StreamGenerateResponse(started=inference_pb2.Started(id="c1", model="fake"))
        for word in words:
            while True:
                yield StreamGenerateResponse(
                    delta=inference_pb2.Delta(choice_index=0, text=word + " ", num_tokens=1)
                )
                if word != "forever" or not context.is_active():
                    break
        finish = inference_pb2.Finish(choice_index=0, reason=inference_pb2.FINISH_REASON_STOP)
        yield StreamGenerateResponse(finish=finish)
        usage = inference_pb2.Usage(prompt_tokens=7, completion_tokens=len(words))
        yield StreamGenerateResponse(ended=inference_pb2.Ended(usage=usage))


def _words(generation: inference_pb2.Generation) -> list[str]:
    words = list[str]()
    for part in generation.messages[-1].parts:
        words += (
            [f"<{len(part.image.data)} bytes>"] if part.HasField("image") else part.text.split()
        )
    return words


def _refusal(generation: inference_pb2.Generation) -> status_pb2.Status | None:
    """The status of a generation that this server refuses."""
    parts = generation.messages[-1].parts
    if any(part.image.data == b"broken" for part in parts):
        status = status_pb2.Status(code=code_pb2.INVALID_ARGUMENT, message="not an image")
        violation = error_details_pb2.BadRequest.FieldViolation(field="messages[0].parts[1].image")
        status.details.add().Pack(error_details_pb2.BadRequest(field_violations=[violation]))
        status.details.add().Pack(error_details_pb2.ErrorInfo(reason="INVALID_ARGUMENT"))
        return status
    if _words(generation) == ["full"]:
        status = status_pb2.Status(code=code_pb2.RESOURCE_EXHAUSTED, message="the queue is full")
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromMilliseconds(1500)
        status.details.add().Pack(retry)
        return status
    return None
