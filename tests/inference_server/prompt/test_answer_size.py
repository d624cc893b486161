import pytest
from nemotron_vl.v1.inference_pb2 import Generation, Sampling

from inference_server.errors import InvalidArgument
from inference_server.prompt.answer_size import most_tokens


def most(sampling: Sampling, num_choices: int | None = None) -> int:
    generation = Generation(sampling=sampling, num_choices=num_choices)
    return most_tokens(generation, max_model_len=1000, max_logprobs=2100)


def test_without_log_probabilities_the_context_is_the_only_bound() -> None:
    assert most(Sampling(max_tokens=10**6), 32) == 1000


@pytest.mark.parametrize(
    ("top_logprobs", "num_choices", "num_tokens"),
    [(20, None, 100), (20, 4, 25), (0, 1, 2100), (0, 3, 700), (20, 1000, 1)],
)
def test_choices_tokens_and_alternatives_are_multiplied(
    top_logprobs: int, num_choices: int | None, num_tokens: int
) -> None:
    assert most(Sampling(top_logprobs=top_logprobs), num_choices) == num_tokens


@pytest.mark.parametrize(
    "sampling", [{"max_tokens": 101}, {"max_tokens": 2**31 - 1}, {"min_tokens": 101}]
)
def test_a_request_for_more_tokens_is_refused(sampling: dict[str, int]) -> None:
    with pytest.raises(InvalidArgument, match=r"limit of 2100 log .* at most 100 tokens") as caught:
        most(Sampling(top_logprobs=20, **sampling))  # pyright: ignore[reportArgumentType]
    assert caught.value.field == f"sampling.{next(iter(sampling))}"


def test_a_request_for_as_many_tokens_is_taken() -> None:
    assert most(Sampling(top_logprobs=20, max_tokens=100)) == 100
    assert most(Sampling(top_logprobs=1, max_tokens=10**6)) == 1050
