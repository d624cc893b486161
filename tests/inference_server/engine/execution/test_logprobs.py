"""The log probabilities of a request in company of others are those of the request alone."""

from collections.abc import Callable

import pytest

from inference_server.engine.types import Sampling
from tests.inference_server.engine.loop import Answer, Loop
from tests.inference_server.engine.prompts import image, prompt_of, words

# What the documentation states for the fp32 path.
TOLERANCE = 2e-5
SAMPLING = Sampling(max_tokens=12, temperature=0.0, top_logprobs=5)
PROMPTS = [
    prompt_of([words(5)]),
    prompt_of([words(90, seed=1)]),
    prompt_of([words(17, seed=2), (b"image", image(1)), words(4, seed=3)]),
    prompt_of([words(40, seed=4)]),
]


def logprobs(answer: Answer) -> list[float]:
    """Those of the tokens and of their alternatives, in order."""
    entries = [entry for output in answer.outputs for entry in output.logprobs]
    return [value for entry in entries for value in (entry.logprob, *dict(entry.top).values())]


def test_a_batch_changes_log_probabilities_by_rounding_alone(
    make_loop: Callable[..., Loop],
) -> None:
    together = make_loop()
    for prompt in PROMPTS:
        together.submit(prompt, SAMPLING)
    together.run()
    for index, prompt in enumerate(PROMPTS):
        alone = make_loop()
        alone.submit(prompt, SAMPLING)
        alone.run()
        assert alone.answers[0].token_ids == together.answers[index].token_ids
        expected = logprobs(alone.answers[0])
        assert len(expected) == 12 * 6
        assert logprobs(together.answers[index]) == pytest.approx(expected, rel=0, abs=TOLERANCE)
