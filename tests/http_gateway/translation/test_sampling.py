from typing import Any

import pytest
from google.protobuf import text_format
from nemotron_vl.v1 import inference_pb2

from tests.http_gateway.chat.building import fault, with_hello


def test_every_sampling_field_arrives() -> None:
    sampling = with_hello(
        max_tokens=9,
        min_tokens=2,
        temperature=0.5,
        top_p=0.25,
        top_k=-1,
        min_p=0.125,
        seed=-3,
        frequency_penalty=1,
        presence_penalty=-1,
        repetition_penalty=1.5,
        stop=["a", "b"],
        stop_token_ids=[5],
        ignore_eos=True,
        include_stop_str_in_output=True,
        logit_bias={"7": -100},
        logprobs=True,
        top_logprobs=4,
    ).generation.sampling
    assert sampling == text_format.Parse(
        """
        max_tokens: 9 min_tokens: 2 temperature: 0.5 top_p: 0.25 top_k: -1 min_p: 0.125 seed: -3
        frequency_penalty: 1 presence_penalty: -1 repetition_penalty: 1.5 stop: "a" stop: "b"
        stop_token_ids: 5 ignore_eos: true include_stop: true
        logit_bias { key: 7 value: -100 } top_logprobs: 4
        """,
        inference_pb2.Sampling(),
    )


def test_the_newer_name_of_max_tokens_wins() -> None:
    chat = with_hello(max_tokens=5, max_completion_tokens=6)
    assert chat.generation.sampling.max_tokens == 6
    assert chat.params.param("sampling.max_tokens") == "max_completion_tokens"


def test_fields_inside_nvext_count_unless_given_outside() -> None:
    chat = with_hello(nvext={"top_k": 3, "min_p": 0.5, "greed_sampling": True}, top_k=4)
    assert chat.generation.sampling.top_k == 4
    assert chat.generation.sampling.temperature == 0
    assert chat.generation.sampling.HasField("temperature")
    assert chat.params.param("sampling.top_k") == "top_k"
    assert chat.params.param("sampling.min_p") == "nvext.min_p"


def test_logprobs_without_alternatives() -> None:
    assert with_hello(logprobs=True).generation.sampling.HasField("top_logprobs")
    assert not with_hello(logprobs=False).generation.sampling.HasField("top_logprobs")


def test_a_single_stop_string() -> None:
    assert list(with_hello(stop="END").generation.sampling.stop) == ["END"]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"logit_bias": {"x": 1}}, "logit_bias"),
        ({"logit_bias": {"-1": 1}}, "logit_bias"),
    ],
)
def test_refuses_what_makes_no_sampling(fields: dict[str, Any], param: str) -> None:
    assert fault(**fields) == param
