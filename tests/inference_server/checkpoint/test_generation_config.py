import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.generation_config import GenerationConfig
from inference_server.checkpoint.locate import DEMO_MODEL

VOCAB_SIZE = 100


def load(folder: Path, values: Any) -> GenerationConfig:
    (folder / "generation_config.json").write_text(json.dumps(values))
    return GenerationConfig.load(folder, vocab_size=VOCAB_SIZE)


def test_without_the_file_everything_is_neutral(tmp_path: Path) -> None:
    assert GenerationConfig.load(tmp_path, vocab_size=VOCAB_SIZE) == GenerationConfig()
    assert GenerationConfig() == GenerationConfig(
        temperature=1.0, top_p=1.0, top_k=0, eos_token_ids=()
    )


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"temperature": None, "top_p": None, "top_k": None, "eos_token_id": None},
        {"do_sample": None, "_from_model_config": True, "transformers_version": "4.51.3"},
        {"max_new_tokens": 4, "max_length": 20, "repetition_penalty": 1.2, "bos_token_id": 1},
        {"do_sample": True, "top_k": -1},
    ],
)
def test_what_is_not_said_or_not_read_is_neutral(tmp_path: Path, values: dict[str, Any]) -> None:
    assert load(tmp_path, values) == GenerationConfig()


@given(
    temperature=st.floats(0, 100),
    top_p=st.floats(0, 1),
    top_k=st.integers(0, 2**31 - 1),
    do_sample=st.sampled_from([True, False, None]),
)
def test_values_are_read_as_they_stand(
    tmp_path_factory: pytest.TempPathFactory,
    temperature: float,
    top_p: float,
    top_k: int,
    do_sample: bool | None,
) -> None:
    values = {"temperature": temperature, "top_p": top_p, "top_k": top_k, "do_sample": do_sample}
    config = load(tmp_path_factory.mktemp("checkpoint"), values)
    assert config.temperature == (0.0 if do_sample is False else temperature)
    assert (config.top_p, config.top_k) == (top_p, top_k)


def test_not_to_sample_is_greedy_whatever_the_temperature(tmp_path: Path) -> None:
    assert load(tmp_path, {"do_sample": False}).temperature == 0.0
    assert load(tmp_path, {"do_sample": False, "temperature": 0.6}).temperature == 0.0


@pytest.mark.parametrize(
    ("value", "token_ids"), [(12, (12,)), ([2, 11, 12], (2, 11, 12)), ([5, 5], (5,)), ([], ())]
)
def test_ends_of_turn_are_one_id_or_a_list(
    tmp_path: Path, value: Any, token_ids: tuple[int, ...]
) -> None:
    assert load(tmp_path, {"eos_token_id": value}).eos_token_ids == token_ids


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("temperature", value) for value in (-0.1, 101, "0.5", True, [1.0], math.nan, math.inf)),
        *(("top_p", value) for value in (-0.1, 1.5, "1", False, math.nan)),
        *(("top_k", value) for value in (-2, 2**31, 1.5, "50", True)),
        *(("do_sample", value) for value in (0, 1, "false", [])),
        *(("eos_token_id", value) for value in (-1, 100, "12", 1.0, True, [12, None], {"a": 1})),
    ],
)
def test_a_wrong_value_names_file_and_key(tmp_path: Path, key: str, value: Any) -> None:
    with pytest.raises(CheckpointError, match=f"generation_config.json has {key} = "):
        load(tmp_path, {key: value})


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"1", b"\xff\xfe{}"])
def test_a_file_that_is_no_object_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "generation_config.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"generation_config\.json is not"):
        GenerationConfig.load(tmp_path, vocab_size=VOCAB_SIZE)


def test_the_demo_model_is_greedy() -> None:
    config = GenerationConfig.load(DEMO_MODEL, vocab_size=VOCAB_SIZE)
    assert config == GenerationConfig(temperature=0.0, eos_token_ids=(12,))
