"""Every RPC that takes a generation, each with the outcome of the generation that it was given."""

from collections.abc import Callable
from dataclasses import dataclass

import grpc
from google.rpc import status_pb2
from nemotron_vl.errors import NemotronError, from_rpc_error
from nemotron_vl.v1 import inference_pb2 as pb
from nemotron_vl.v1.inference_pb2_grpc import InferenceServiceStub

from tests.robustness.inputs.answers import names_one

TIMEOUT_S = 60.0

# What may be wrong with a request. Neither load nor haste comes up here.
_REFUSALS = {
    grpc.StatusCode.INVALID_ARGUMENT: {"INVALID_ARGUMENT", "CONTEXT_LENGTH_EXCEEDED"},
    grpc.StatusCode.NOT_FOUND: {"MODEL_NOT_FOUND"},
    grpc.StatusCode.UNIMPLEMENTED: {"UNSUPPORTED"},
    grpc.StatusCode.RESOURCE_EXHAUSTED: {"PAYLOAD_TOO_LARGE"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A generation, and the fields of which a refusal must name one.

    `is_in_bytes` is for faults that only a decoder sees, or data that may be left out of a check.
    """

    name: str
    generation: pb.Generation
    fields: tuple[str, ...]
    may_pass: bool = False
    is_in_bytes: bool = False


def generate(stub: InferenceServiceStub, generation: pb.Generation) -> NemotronError | None:
    return _error(
        lambda: stub.Generate(pb.GenerateRequest(generation=generation), timeout=TIMEOUT_S)
    )


def stream(stub: InferenceServiceStub, generation: pb.Generation) -> NemotronError | None:
    request = pb.StreamGenerateRequest(generation=generation)
    return _error(lambda: list(stub.StreamGenerate(request, timeout=TIMEOUT_S)))


def count(stub: InferenceServiceStub, generation: pb.Generation) -> NemotronError | None:
    request = pb.CountTokensRequest(generation=generation)
    return _error(lambda: stub.CountTokens(request, timeout=TIMEOUT_S))


def check(stub: InferenceServiceStub, generation: pb.Generation) -> NemotronError | None:
    request = pb.CheckGenerationRequest(generation=generation)
    return _error(lambda: stub.CheckGeneration(request, timeout=TIMEOUT_S))


def batch(stub: InferenceServiceStub, generation: pb.Generation) -> NemotronError | None:
    """The item beside it must succeed."""
    request = pb.BatchGenerateRequest(items=_items(generation))
    try:
        results = [one.result for one in stub.BatchGenerate(request, timeout=TIMEOUT_S)]
    except grpc.RpcError as error:
        return from_rpc_error(error)
    return _outcome(results)


def pipeline(stub: InferenceServiceStub, generation: pb.Generation) -> NemotronError | None:
    requests = [pb.PipelineRequest(item=item) for item in _items(generation)]
    try:
        responses = list(stub.Pipeline(iter(requests), timeout=TIMEOUT_S))
    except grpc.RpcError as error:
        return from_rpc_error(error)
    return _outcome([one.result for one in responses if one.HasField("result")])


RPCS: dict[str, Callable[[InferenceServiceStub, pb.Generation], NemotronError | None]] = {
    "Generate": generate,
    "StreamGenerate": stream,
    "BatchGenerate": batch,
    "Pipeline": pipeline,
    "CountTokens": count,
    "CheckGeneration": check,
}


def fault(case: Case, rpc: str, stub: InferenceServiceStub) -> str | None:
    """What is wrong with the outcome, with all that reproduces it; None for nothing."""
    error = RPCS[rpc](stub, case.generation)
    why = _fault(case, error, may_pass=case.may_pass or (case.is_in_bytes and rpc == RPCS_CHECK))
    return why and f"{rpc} {case.name}: {why}\n    sent: {str(case.generation)[:300]!r}"


RPCS_CHECK = "CheckGeneration"


def refusal_fault(error: NemotronError) -> str | None:
    """What is wrong with the code and the reason of a refusal."""
    if error.code not in _REFUSALS:
        return f"{error.code.name}: {error.message}"
    if error.reason not in _REFUSALS[error.code]:
        return f"{error.code.name} with the reason {error.reason}: {error.message}"
    return None if error.message else "has no message"


def _fault(case: Case, error: NemotronError | None, *, may_pass: bool) -> str | None:
    if error is None:
        return None if may_pass else "was accepted"
    if why := refusal_fault(error):
        return why
    if error.field is None or not names_one(error.field, case.fields):
        return f"names {error.field} and not {case.fields}: {error.message}"
    return None


def _error(call: Callable[[], object]) -> NemotronError | None:
    try:
        call()
    except grpc.RpcError as error:
        return from_rpc_error(error)
    return None


def _items(generation: pb.Generation) -> list[pb.BatchItem]:
    good = pb.Generation(sampling=pb.Sampling(max_tokens=1))
    good.messages.add(role="ROLE_USER").parts.add(text="Hello")
    return [
        pb.BatchItem(key="bad", generation=generation),
        pb.BatchItem(key="good", generation=good),
    ]


def _outcome(results: list[pb.BatchResult]) -> NemotronError | None:
    result_by_key = {result.key: result for result in results}
    assert result_by_key["good"].HasField("completion"), result_by_key["good"]
    bad = result_by_key["bad"]
    if bad.HasField("completion"):
        return None
    return NemotronError(status_pb2.Status.FromString(bad.status.SerializeToString()))
