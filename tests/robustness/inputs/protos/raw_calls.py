"""Any method of any service with bytes for requests, and the status of the call."""

from collections.abc import Iterator, Sequence

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from nemotron_vl.errors import NemotronError, from_rpc_error
from nemotron_vl.v1 import inference_pb2, model_pb2

from tests.robustness.inputs.protos.calls import TIMEOUT_S

_FILES = (inference_pb2, model_pb2, health_pb2, reflection_pb2)
# These answer for as long as the caller likes.
_ENDLESS = ("Watch",)


def all_methods() -> list[str]:
    """The paths of all methods of all services."""
    services = [one for file in _FILES for one in file.DESCRIPTOR.services_by_name.values()]
    return [f"/{one.full_name}/{method.name}" for one in services for method in one.methods]


def request_kind(path: str) -> Descriptor:
    return _method(path).input_type


def call(channel: grpc.Channel, path: str, requests: Sequence[bytes]) -> NemotronError | None:
    """Sends all requests and reads to the end; the error of the call, or None."""
    try:
        responses = channel.stream_stream(path)(iter(requests), timeout=TIMEOUT_S)
        if path.endswith(_ENDLESS):
            next(responses)
            responses.cancel()
            return None
        list(responses)
    except grpc.RpcError as error:
        return from_rpc_error(error)
    except StopIteration:
        pass
    return None


def is_ours(path: str) -> bool:
    """Whether the method is of the contract, and its refusals have reasons."""
    return path.startswith("/nemotron_vl.")


def _method(path: str) -> MethodDescriptor:
    name = path[1:].replace("/", ".")
    return descriptor_pool.Default().FindMethodByName(name)


def good_request(path: str, generation: inference_pb2.Generation) -> bytes:
    """A request that the method answers; `generation` where it takes one."""
    match path.rpartition("/")[2]:
        case "BatchGenerate":
            item = inference_pb2.BatchItem(key="a", generation=generation)
            return inference_pb2.BatchGenerateRequest(items=[item]).SerializeToString()
        case "Pipeline":
            item = inference_pb2.BatchItem(key="a", generation=generation)
            return inference_pb2.PipelineRequest(item=item).SerializeToString()
        case "ServerReflectionInfo":
            request = reflection_pb2.ServerReflectionRequest(host="a", list_services="*")
            return request.SerializeToString()
        case _ if "generation" in request_kind(path).fields_by_name:
            return inference_pb2.GenerateRequest(generation=generation).SerializeToString()
        case _:
            return b""


def paths_with(field: str) -> Iterator[str]:
    """The methods whose request has this field."""
    return (path for path in all_methods() if field in request_kind(path).fields_by_name)
