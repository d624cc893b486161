from dataclasses import replace

import numpy as np
import pytest

from inference_server.engine.scheduling.limits import Limits
from inference_server.engine.types import Prompt, Sampling
from inference_server.errors import InvalidArgument
from tests.inference_server.engine.prompts import image, prompt_of, span_of, video, words

LIMITS = Limits(max_model_len=50, max_vision_rows=24, tokens_per_tile=4, vocab_size=112)


def test_a_prompt_that_just_fits_passes() -> None:
    LIMITS.check(prompt_of([words(40)]), Sampling(max_tokens=10))
    LIMITS.check(prompt_of([(b"a", image(0)), (b"b", image(1))]), Sampling(max_tokens=1))
    LIMITS.check(prompt_of([(b"a", video(0))]), Sampling(max_tokens=1))


def test_prompt_and_answer_together_are_bounded() -> None:
    with pytest.raises(ValueError, match="max_model_len"):
        LIMITS.check(prompt_of([words(40)]), Sampling(max_tokens=11))


def test_fits_counts_tokens_and_rows_of_media() -> None:
    assert LIMITS.fits(prompt_of([words(40)]), Sampling(max_tokens=10))
    assert not LIMITS.fits(prompt_of([words(40)]), Sampling(max_tokens=11))
    images = [(b"%d" % index, image(index)) for index in range(3)]
    assert LIMITS.fits(prompt_of(images[:2]), Sampling(max_tokens=1))
    assert not LIMITS.fits(prompt_of(images), Sampling(max_tokens=1))


@pytest.mark.parametrize(("prompt", "max_tokens"), [(prompt_of([]), 5), (prompt_of([words(5)]), 0)])
def test_neither_prompt_nor_answer_may_be_empty(prompt: Prompt, max_tokens: int) -> None:
    with pytest.raises(ValueError, match="at least one token"):
        LIMITS.check(prompt, Sampling(max_tokens=max_tokens))


@pytest.mark.parametrize("token_id", [-1, 112])
def test_ids_must_be_in_the_vocabulary(token_id: int) -> None:
    prompt = prompt_of([words(5)])
    with pytest.raises(ValueError, match="vocabulary"):
        LIMITS.check(prompt, Sampling(max_tokens=1, logit_bias=((token_id, 1.0),)))
    with pytest.raises(ValueError, match="vocabulary"):
        LIMITS.check(prompt, Sampling(max_tokens=1, stop_token_ids=frozenset([token_id])))
    with pytest.raises(ValueError, match="vocabulary"):
        LIMITS.check(prompt_of([[1, token_id]]), Sampling(max_tokens=1))


def test_media_that_can_never_be_held_together_are_refused() -> None:
    images = [(b"%d" % index, image(index)) for index in range(3)]
    with pytest.raises(InvalidArgument, match="vision cache") as caught:
        LIMITS.check(prompt_of(images), Sampling(max_tokens=1))
    assert caught.value.field == "messages"
    LIMITS.check(prompt_of([images[0]] * 3), Sampling(max_tokens=1))


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt(
            token_ids=np.zeros(20, dtype=np.int32),
            spans=(span_of(image(0), key=b"a", start=9),),
        ),
        Prompt(
            token_ids=np.zeros(40, dtype=np.int32),
            spans=(
                span_of(image(0), key=b"a", start=0),
                span_of(image(1), key=b"b", start=11),
            ),
        ),
        Prompt(
            token_ids=np.zeros(40, dtype=np.int32),
            spans=(replace(span_of(image(0), key=b"a", start=0), length=11),),
        ),
        Prompt(
            token_ids=np.zeros(40, dtype=np.int32),
            spans=(replace(span_of(video(0), key=b"a", start=0), length=33),),
        ),
    ],
    ids=["past the end", "overlapping", "image too short", "video too long"],
)
def test_spans_must_lie_in_the_prompt_and_fit_their_media(prompt: Prompt) -> None:
    with pytest.raises(ValueError, match="span"):
        LIMITS.check(prompt, Sampling(max_tokens=1))
