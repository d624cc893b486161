import math
from typing import Any

import pytest
from nemotron_vl.v1 import inference_pb2
from nemotron_vl.v1.model_pb2 import Model

from inference_server.errors import InvalidArgument
from inference_server.rpc.validation.sampling import check_sampling

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("max_tokens", [1, 2**31 - 1]),
        ("min_tokens", [0, 5]),
        ("temperature", [0.0, 1e-6, 100.0]),
        ("top_p", [0.0, 1e-6, 1.0]),
        ("top_k", [-1, 0, 1, 2**31 - 1]),
        ("min_p", [0.0, 1.0]),
        ("seed", [-(2**63), 2**63 - 1]),
        ("frequency_penalty", [-2.0, 2.0]),
        ("presence_penalty", [-2.0, 2.0]),
        ("repetition_penalty", [1e-3, 100.0]),
        ("top_logprobs", [0, 20]),
        ("stop", [["a"] * 64, ["é" * 512]]),
        ("stop_token_ids", [[0, 5], [7] * 256]),
        ("logit_bias", [{0: -100.0}, {5: 100.0}]),
    ],
)
def test_the_whole_range_is_accepted(model: Model, field: str, values: list[Any]) -> None:
    for value in values:
        check_sampling(inference_pb2.Sampling(**{field: value}), model.limits)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("max_tokens", [0, -1]),
        ("min_tokens", [-1]),
        ("temperature", [-0.1, 100.1, 1e38, NAN, INF, -INF]),
        ("top_p", [-1e-6, -0.5, 1.0000001192092896, NAN, INF]),
        ("top_k", [-2]),
        ("min_p", [-0.1, 1.1, NAN]),
        ("frequency_penalty", [-2.1, 2.1, NAN, INF]),
        ("presence_penalty", [-2.1, 2.1, NAN, INF]),
        ("repetition_penalty", [0.0, -1.0, 100.1, NAN, INF]),
        ("top_logprobs", [-1, 21, 10**6]),
        ("stop_token_ids", [[-1], [10**6], [7] * 257]),
        (
            "logit_bias",
            [{-1: 0.0}, {10**6: 0.0}, {0: 101.0}, {0: NAN}, dict.fromkeys(range(1025), 0.0)],
        ),
        ("stop", [["a"] * 65]),
    ],
)
def test_a_value_out_of_range_is_refused_and_the_field_named(
    model: Model, field: str, values: list[Any]
) -> None:
    for value in values:
        with pytest.raises(InvalidArgument) as caught:
            check_sampling(inference_pb2.Sampling(**{field: value}), model.limits)
        assert caught.value.field == f"sampling.{field}"


@pytest.mark.parametrize("stop", ["", "a" * 1025])
def test_a_bad_stop_string_is_named_by_its_place(model: Model, stop: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        check_sampling(inference_pb2.Sampling(stop=["a", stop]), model.limits)
    assert caught.value.field == "sampling.stop[1]"


def test_min_tokens_may_not_exceed_max_tokens(model: Model) -> None:
    check_sampling(inference_pb2.Sampling(min_tokens=5, max_tokens=5), model.limits)
    with pytest.raises(InvalidArgument) as caught:
        check_sampling(inference_pb2.Sampling(min_tokens=6, max_tokens=5), model.limits)
    assert caught.value.field == "sampling.min_tokens"


def test_the_last_id_of_the_vocabulary_is_in_range(model: Model) -> None:
    last = model.limits.vocab_size - 1
    check_sampling(inference_pb2.Sampling(stop_token_ids=[last]), model.limits)
    with pytest.raises(InvalidArgument):
        check_sampling(inference_pb2.Sampling(stop_token_ids=[last + 1]), model.limits)
