import pytest
from nemotron_vl.v1.inference_pb2 import Sampling

from inference_server.errors import ContextLengthExceeded
from inference_server.prompt.context_length import check_least, room_for_answer


def test_room_is_what_the_prompt_leaves() -> None:
    assert room_for_answer(99, Sampling(), max_model_len=100, num_video_tokens=90) == 1
    assert room_for_answer(20, Sampling(max_tokens=80, min_tokens=80), max_model_len=100) == 80


@pytest.mark.parametrize("max_tokens", [60, 61, 8192, 2**31 - 1])
def test_max_tokens_above_the_room_is_no_error(max_tokens: int) -> None:
    assert room_for_answer(40, Sampling(max_tokens=max_tokens), max_model_len=100) == 60


def test_more_min_tokens_than_there_is_room_for_are_refused() -> None:
    sampling = Sampling(min_tokens=60, max_tokens=8192)
    assert room_for_answer(40, sampling, max_model_len=100) == 60
    with pytest.raises(ContextLengthExceeded) as caught:
        room_for_answer(41, sampling, max_model_len=100)
    assert caught.value.field == "sampling.min_tokens"
    assert caught.value.message == (
        "The context length is 100 tokens, but the prompt has 41 tokens and the answer needs "
        "at least 60 (sampling.min_tokens)."
    )


@pytest.mark.parametrize("num_tokens", [100, 101])
def test_a_prompt_that_leaves_no_room_is_refused(num_tokens: int) -> None:
    with pytest.raises(ContextLengthExceeded, match=rf"100.*{num_tokens}.*at least 1") as caught:
        room_for_answer(num_tokens, Sampling(), max_model_len=100)
    assert caught.value.field == "messages"
    assert "num_frames" not in caught.value.message


def test_a_too_long_prompt_with_a_video_says_how_to_shorten_the_video() -> None:
    with pytest.raises(ContextLengthExceeded, match=r"Video takes 90 .* num_frames"):
        room_for_answer(100, Sampling(), max_model_len=100, num_video_tokens=90)


def test_a_least_number_of_tokens_is_refused_only_if_it_leaves_no_room() -> None:
    check_least(99, Sampling(max_tokens=50), max_model_len=100)
    with pytest.raises(ContextLengthExceeded, match=r"at least 100 .* at least 1\.") as caught:
        check_least(100, Sampling(max_tokens=50), max_model_len=100)
    assert caught.value.field == "messages"
