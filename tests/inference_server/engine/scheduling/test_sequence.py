from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.types import FinishReason, Sampling
from tests.inference_server.engine.prompts import prompt_of


def make_sequence(sampling: Sampling | None = None) -> Sequence:
    return Sequence(0, prompt_of([[10, 11, 12]]), sampling or Sampling(max_tokens=3))


def test_token_ids_run_from_the_prompt_into_the_outputs() -> None:
    sequence = make_sequence()
    sequence.output_ids = [20, 21]
    assert sequence.token_ids(0, 3).tolist() == [10, 11, 12]
    assert sequence.token_ids(1, 5).tolist() == [11, 12, 20, 21]
    assert sequence.token_ids(4, 5).tolist() == [21]


def test_says_which_token_is_the_last() -> None:
    sequence = make_sequence(Sampling(max_tokens=3, stop_token_ids=frozenset([9])))
    assert [sequence.append(token_id) for token_id in (1, 2, 3)] == [
        None,
        None,
        FinishReason.LENGTH,
    ]
    assert make_sequence(Sampling(max_tokens=3, stop_token_ids=frozenset([9]))).append(9) is (
        FinishReason.STOP
    )


def test_a_stop_at_the_very_end_is_a_stop() -> None:
    sequence = make_sequence(Sampling(max_tokens=1, stop_token_ids=frozenset([9])))
    assert sequence.append(9) is FinishReason.STOP
