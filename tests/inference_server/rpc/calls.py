"""Names and small tools that the tests of the RPC layer share."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import grpc
from google.protobuf.message import Message
from grpc_status import rpc_status
from nemotron_vl.v1.inference_pb2 import GenerateRequest, Generation, StreamGenerateRequest

from inference_server.config import RpcConfig

if TYPE_CHECKING:
    from nemotron_vl.v1.inference_pb2_grpc import InferenceServiceAsyncStub
    from nemotron_vl.v1.model_pb2_grpc import ModelServiceAsyncStub

InferenceStub: TypeAlias = "InferenceServiceAsyncStub"
ModelStub: TypeAlias = "ModelServiceAsyncStub"
Health = Callable[[str], Awaitable[str]]

MODEL_LEVEL = "nemotron_vl.v1.InferenceService"
CONFIG = RpcConfig(
    grpc_port=0,
    max_calls=2,
    max_batch_concurrency=2,
    max_message_bytes=1_000_000,
    max_caller_share=1,
)

Detail = TypeVar("Detail", bound=Message)


def detail(error: grpc.aio.AioRpcError, kind: type[Detail]) -> Detail:
    """The one detail of this kind in a failed call's status."""
    status = rpc_status.from_call(error)  # pyright: ignore[reportArgumentType]
    assert status is not None
    found = kind()
    (packed,) = [packed for packed in status.details if packed.Is(kind.DESCRIPTOR)]
    packed.Unpack(found)
    return found


async def eventually(condition: Callable[[], Any]) -> None:
    """Returns once the condition holds."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


async def first_response(inference: InferenceStub, rpc: str, question: Generation) -> object:
    if rpc == "Generate":
        return await inference.Generate(GenerateRequest(generation=question))
    request = StreamGenerateRequest(generation=question)
    return await inference.StreamGenerate(request).read()
