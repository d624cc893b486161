"""Requests that are wrong as a whole: empty, of too many items, or out of order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from google.protobuf.message import Message
from grpc_health.v1 import health_pb2
from nemotron_vl.v1 import inference_pb2 as pb
from nemotron_vl.v1 import model_pb2

from tests.robustness.inputs.protos.raw_calls import all_methods, is_ours

_INFERENCE = "/nemotron_vl.v1.InferenceService/"
_MODEL = "/nemotron_vl.v1.ModelService/"
_HEALTH = "/grpc.health.v1.Health/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent to a method, and the field that a refusal must name, if any."""

    name: str
    path: str
    sent: tuple[bytes, ...]
    field: str | None = None
    may_pass: bool = False


def wrong_requests() -> Iterator[Request]:
    """Requests that must be refused, unless they say that they may pass."""
    for name in ("Generate", "StreamGenerate", "CountTokens", "CheckGeneration"):
        yield _request("nothing", _INFERENCE + name, pb.GenerateRequest(), field="messages")
        empty = pb.GenerateRequest(generation=pb.Generation())
        yield _request("an empty generation", _INFERENCE + name, empty, field="messages")
    yield from _batches()
    yield from _pipelines()
    for name in ("x", "\0", "x" * 100_000, "\x1b[0m"):
        yield _request(
            f"model {name:.10}",
            _MODEL + "GetModel",
            model_pb2.GetModelRequest(name=name),
            field="name",
        )
        check = health_pb2.HealthCheckRequest(service=name)
        yield _request(f"health of {name:.10}", _HEALTH + "Check", check)
    page = model_pb2.ListModelsRequest(page_token="x")
    yield _request("a page", _MODEL + "ListModels", page, field="page_token")
    for size in (-1, 0, 2**31 - 1):
        pages = model_pb2.ListModelsRequest(page_size=size)
        yield _request(f"{size} entries", _MODEL + "ListModels", pages, may_pass=True)


def without_request() -> Iterator[Request]:
    """Calls that end before their request, or send another."""
    for path in all_methods():
        # These take any number of requests.
        is_stream = path.endswith(("Pipeline", "ServerReflectionInfo"))
        yield Request(name="no request", path=path, sent=(), may_pass=is_stream)
        if is_ours(path) and not is_stream:
            yield Request(name="two requests", path=path, sent=(b"", b""), may_pass=True)


def unknown_methods() -> Iterator[Request]:
    for path in (
        "/x/y",
        "/",
        "//",
        "/x",
        f"{_INFERENCE}x",
        f"{_INFERENCE}generate",
        "/x/\x7f",
        "/" * 99,
    ):
        yield Request(name="unknown method", path=path, sent=(b"",))


def _batches() -> Iterator[Request]:
    path = _INFERENCE + "BatchGenerate"
    yield _request("no items", path, pb.BatchGenerateRequest(), field="items")
    many = pb.BatchGenerateRequest(items=[pb.BatchItem()] * 1025)
    yield _request("1025 items", path, many, field="items")
    for name, defaults in _long_defaults().items():
        batch = pb.BatchGenerateRequest(defaults=defaults, items=[pb.BatchItem()])
        yield _request(f"defaults with many {name}", path, batch, field=f"defaults.{name}")


def _pipelines() -> Iterator[Request]:
    path = _INFERENCE + "Pipeline"
    defaults = pb.PipelineRequest(defaults=pb.Generation(num_choices=1))
    item = pb.PipelineRequest(item=pb.BatchItem(key="x"))
    yield _request("neither item nor defaults", path, pb.PipelineRequest())
    yield _request("defaults twice", path, defaults, defaults, field="defaults")
    yield _request("defaults after an item", path, item, defaults, field="defaults")
    yield _request("nothing after an item", path, item, pb.PipelineRequest())
    # Credits may come back while items are sent.
    yield _request("a thousand items", path, *[item] * 1000, field="item", may_pass=True)
    for name, generation in _long_defaults().items():
        request = pb.PipelineRequest(defaults=generation)
        yield _request(f"defaults with many {name}", path, request, field=f"defaults.{name}")


def _long_defaults() -> dict[str, pb.Generation]:
    messages = pb.Generation()
    for _ in range(4097):
        messages.messages.add()
    return {
        "messages": messages,
        "sampling.stop": pb.Generation(sampling=pb.Sampling(stop=["x"] * 65)),
        "sampling.logit_bias": pb.Generation(
            sampling=pb.Sampling(logit_bias=dict.fromkeys(range(1025), 1.0))
        ),
    }


def _request(
    name: str, path: str, *messages: Message, field: str | None = None, may_pass: bool = False
) -> Request:
    sent: Sequence[bytes] = [message.SerializeToString() for message in messages]
    return Request(name=name, path=path, sent=tuple(sent), field=field, may_pass=may_pass)
