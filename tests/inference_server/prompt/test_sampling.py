import pytest
from nemotron_vl.v1.inference_pb2 import Sampling as WireSampling
from nemotron_vl.v1.model_pb2 import Defaults

from inference_server.engine.types import Sampling
from inference_server.prompt.sampling import build_sampling

DEFAULTS = Defaults(temperature=0.5, top_p=0.75, top_k=20, eos_token_ids=[12, 2])


def build(sampling: WireSampling, *, room: int = 100) -> Sampling:
    return build_sampling(sampling, room=room, defaults=DEFAULTS)


def test_an_unset_field_takes_the_default() -> None:
    built = build(WireSampling())
    assert (built.temperature, built.top_p, built.top_k) == (0.5, 0.75, 20)
    assert built.max_tokens == 100
    assert built.repetition_penalty == 1.0
    assert built.stop_token_ids == {2, 12}
    assert built.top_logprobs is None


def test_a_set_field_counts_even_if_it_is_zero() -> None:
    built = build(WireSampling(temperature=0.0, top_p=1.0, top_k=0, seed=0, top_logprobs=0))
    assert (built.temperature, built.top_p, built.top_k) == (0.0, 1.0, 0)
    assert built.seed == 0
    assert built.top_logprobs == 0


def test_every_field_arrives() -> None:
    built = build(
        WireSampling(
            max_tokens=7,
            min_tokens=3,
            min_p=0.25,
            seed=-9,
            frequency_penalty=0.5,
            presence_penalty=-0.5,
            repetition_penalty=1.5,
            stop_token_ids=[5, 6, 5],
            logit_bias={9: 1.0, 4: -2.0},
            top_logprobs=3,
        )
    )
    assert built == Sampling(
        max_tokens=7,
        min_tokens=3,
        temperature=0.5,
        top_p=0.75,
        top_k=20,
        min_p=0.25,
        seed=-9,
        frequency_penalty=0.5,
        presence_penalty=-0.5,
        repetition_penalty=1.5,
        stop_token_ids=frozenset({2, 5, 6, 12}),
        logit_bias=((4, -2.0), (9, 1.0)),
        top_logprobs=3,
    )


@pytest.mark.parametrize("asked", [99, 100, 101, 8192, 2**31 - 1])
def test_max_tokens_is_at_most_the_room(asked: int) -> None:
    assert build(WireSampling(max_tokens=asked), room=100).max_tokens == min(asked, 100)


@pytest.mark.parametrize("temperature", [0.0, 1.0, 100.0])
def test_a_top_p_of_0_keeps_the_likeliest_token(temperature: float) -> None:
    built = build(WireSampling(top_p=0.0, temperature=temperature))
    assert (built.temperature, built.top_p) == (0.0, 1.0)


def test_a_temperature_of_the_request_counts_though_the_checkpoint_is_greedy() -> None:
    greedy = Defaults(temperature=0.0, top_p=1.0)
    built = build_sampling(WireSampling(temperature=0.7), room=9, defaults=greedy)
    assert built.temperature == pytest.approx(0.7)
    assert build_sampling(WireSampling(top_p=0.9), room=9, defaults=greedy).temperature == 0


def test_minus_one_keeps_all_tokens() -> None:
    assert build(WireSampling(top_k=-1)).top_k == 0


def test_the_end_of_turn_can_be_ignored() -> None:
    assert build(WireSampling(ignore_eos=True, stop_token_ids=[5])).stop_token_ids == {5}


def test_each_unset_seed_is_a_fresh_one() -> None:
    seeds = {build(WireSampling()).seed for _ in range(8)}
    assert len(seeds) == 8
    assert all(0 <= seed < 2**63 for seed in seeds)
