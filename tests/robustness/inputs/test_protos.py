"""Messages that are wrong in one place get a refusal that names the place, by every RPC."""

from collections.abc import Iterable
from functools import partial
from itertools import cycle

import pytest
from nemotron_vl.v1.inference_pb2_grpc import InferenceServiceStub

from tests.robustness.inputs.protos import wrong_values
from tests.robustness.inputs.protos.calls import RPCS, Case, fault
from tests.robustness.inputs.protos.sample import good_generation
from tests.robustness.inputs.service import Service


def refuse_all(service: Service, pairs: Iterable[tuple[str, Case]]) -> None:
    stub = InferenceServiceStub(service.channel)
    service.judge_all(
        "proto fields",
        ((f"{rpc} {case.name}", partial(fault, case, rpc, stub)) for rpc, case in pairs),
    )


def test_the_sample_is_answered(service: Service) -> None:
    stub = InferenceServiceStub(service.channel)
    assert {rpc: call(stub, good_generation()) for rpc, call in RPCS.items()} == dict.fromkeys(RPCS)


def test_values_by_one_rpc_each(service: Service) -> None:
    refuse_all(service, zip(cycle(RPCS), wrong_values.wrong_values(), strict=False))
    refuse_all(service, zip(cycle(RPCS), wrong_values.without(), strict=False))


@pytest.mark.long
@pytest.mark.parametrize("rpc", RPCS)
def test_values(service: Service, rpc: str) -> None:
    refuse_all(service, zip(cycle((rpc,)), wrong_values.wrong_values(), strict=False))
    refuse_all(service, zip(cycle((rpc,)), wrong_values.without(), strict=False))
