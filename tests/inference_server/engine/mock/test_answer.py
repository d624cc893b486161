import math

from hypothesis import given
from hypothesis import strategies as st

from inference_server.engine.mock.answer import tell
from inference_server.engine.types import FinishReason, Sampling

CAPTION = [5, 6, 7, 6]
EOS = 2


def told(sampling: Sampling) -> tuple[list[int], FinishReason | None]:
    outputs = list(tell(CAPTION, sampling, EOS))
    assert all(output.finish is None for output in outputs[:-1])
    return [token_id for output in outputs for token_id in output.token_ids], outputs[-1].finish


def test_caption_ends_with_the_end_of_turn() -> None:
    sampling = Sampling(max_tokens=9, stop_token_ids=frozenset({EOS}))
    assert told(sampling) == ([*CAPTION, EOS], FinishReason.STOP)


def test_caption_is_cut_at_max_tokens() -> None:
    sampling = Sampling(max_tokens=4, stop_token_ids=frozenset({EOS}))
    assert told(sampling) == (CAPTION, FinishReason.LENGTH)


def test_stop_token_at_max_tokens_is_a_stop() -> None:
    sampling = Sampling(max_tokens=5, stop_token_ids=frozenset({EOS}))
    assert told(sampling) == ([*CAPTION, EOS], FinishReason.STOP)


def test_caption_goes_on_when_the_end_of_turn_is_ignored() -> None:
    assert told(Sampling(max_tokens=7)) == ([*CAPTION, EOS, 5, 6], FinishReason.LENGTH)


def test_any_stop_token_ends_the_caption() -> None:
    sampling = Sampling(max_tokens=9, stop_token_ids=frozenset({EOS, 7}))
    assert told(sampling) == ([5, 6, 7], FinishReason.STOP)


def test_stop_tokens_are_not_said_before_min_tokens() -> None:
    sampling = Sampling(max_tokens=9, min_tokens=5, stop_token_ids=frozenset({EOS, 6}))
    assert told(sampling) == ([5, 7, 5, 7, 5, 6], FinishReason.STOP)


@given(
    max_tokens=st.integers(1, 30),
    min_tokens=st.integers(0, 30),
    stop_token_ids=st.frozensets(st.sampled_from([*CAPTION, EOS])),
)
def test_every_caption_ends(
    max_tokens: int, min_tokens: int, stop_token_ids: frozenset[int]
) -> None:
    sampling = Sampling(
        max_tokens=max_tokens,
        min_tokens=min(min_tokens, max_tokens),
        stop_token_ids=stop_token_ids,
    )
    token_ids, finish = told(sampling)
    assert len(token_ids) <= max_tokens
    assert (token_ids[-1] in stop_token_ids) == (finish is FinishReason.STOP)
    assert not stop_token_ids.intersection(token_ids[:-1])
    assert finish is FinishReason.STOP or len(token_ids) == max_tokens


def test_logprobs_come_only_when_asked_for() -> None:
    assert not any(output.logprobs for output in tell(CAPTION, Sampling(max_tokens=3), EOS))


def test_logprobs_put_the_token_first() -> None:
    for output in tell(CAPTION, Sampling(max_tokens=3, top_logprobs=3), EOS):
        (entry,) = output.logprobs
        assert entry.token_id == output.token_ids[0] == entry.top[0][0]
        assert entry.logprob == entry.top[0][1] == math.log(0.5)
        assert len({token_id for token_id, _ in entry.top}) == 3
        assert sum(math.exp(logprob) for _, logprob in entry.top) < 1
        assert sorted(entry.top, key=lambda pair: -pair[1]) == list(entry.top)
