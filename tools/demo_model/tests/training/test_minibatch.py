"""A training step learns the answers, each after the same prompt that serving builds."""

from typing import Any

import numpy as np
import pytest

from inference_server.checkpoint.locate import DEMO_MODEL
from inference_server.media.grid import Tiling
from inference_server.prompt.build import PromptBuilder
from inference_server.prompt.tokenizer import Tokenizer
from tools.demo_model.sample import Sample
from tools.demo_model.training.minibatch import Collector, Minibatch

TOKENIZER = Tokenizer.load(DEMO_MODEL)
TILING = Tiling(tile_size=512, tokens_per_tile=256, max_tiles=1, use_thumbnail=True)


def _collector(*, num_sequences: int, length: int = 320) -> Collector:
    builder = PromptBuilder(TOKENIZER, TILING)
    return Collector(TOKENIZER, builder, num_sequences * length, (length,))


def _sample(*turns: dict[str, Any], system: str = "", num_images: int = 0) -> Sample:
    images = tuple(np.full((512, 512, 3), index, dtype=np.uint8) for index in range(num_images))
    return Sample(
        kind="test",
        messages=[{"role": "system", "content": system}, *turns],
        images=images,
        labels=tuple(np.array([[7, 1 + index]], dtype=np.int32) for index in range(num_images)),
    )


def _asked(text: str, *, num_images: int = 0) -> dict[str, Any]:
    images = [{"type": "image"}] * num_images
    return {"role": "user", "content": [*images, {"type": "text", "text": text}]}


def _answered(text: str, **fields: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **fields}


def _learnt(batch: Minibatch) -> list[str]:
    """The targets as texts, one an answer."""
    texts, ids = [], []
    for token_id in batch.targets.tolist():
        ids.append(token_id)
        if token_id == TOKENIZER.eos_id:
            texts.append(TOKENIZER.decode(ids))
            ids = []
    assert not ids
    return texts


def test_every_answer_is_learnt_to_its_end_and_nothing_else() -> None:
    sample = _sample(_asked("Hello"), _answered("Hi!"), _asked("Thanks"), _answered("Goodbye."))
    [batch] = _collector(num_sequences=2).add(sample)
    assert _learnt(batch) == ["Hi!", "Goodbye."]
    flat = batch.token_ids.flatten()
    assert (flat[batch.rows + 1] == batch.targets).all()


def test_each_image_token_takes_its_own_embedding() -> None:
    collector = _collector(num_sequences=2, length=640)
    first = _sample(_asked("What?", num_images=1), _answered("One."), num_images=1)
    second = _sample(_asked("And?", num_images=2), _answered("Two."), num_images=2)
    assert not [*collector.add(first)]
    [batch] = collector.add(second)
    flat = batch.token_ids.flatten()
    assert (flat[batch.places] == TOKENIZER.special_id("<image>")).all()
    assert batch.sources.tolist() == list(range(3 * 256))
    assert batch.tiles[:, 0, 0, 0].tolist() == [0, 0, 1]
    assert batch.labels.tolist() == [[0, 7, 1], [1, 7, 1], [2, 7, 2]]


def test_joined_minibatches_keep_what_belongs_together() -> None:
    sample = _sample(_asked("What?", num_images=1), _answered("One."), num_images=1)
    [batch] = _collector(num_sequences=1).add(sample)
    joined = Minibatch.join([batch, batch])
    assert _learnt(joined) == ["One.", "One."]
    flat = joined.token_ids.flatten()
    assert (flat[joined.rows + 1] == joined.targets).all()
    assert (flat[joined.places] == TOKENIZER.special_id("<image>")).all()
    assert joined.sources.tolist() == list(range(512))
    assert joined.labels[:, 0].tolist() == [0, 1]


def test_reasoning_is_learnt_where_the_prompt_has_opened_it() -> None:
    reasoned = _answered("Red.", reasoning="I look.")
    [batch] = _collector(num_sequences=1).add(_sample(_asked("Color?"), reasoned, system="/think"))
    assert _learnt(batch) == ["I look.\n</think>\n\nRed."]


@pytest.mark.parametrize("is_thinking", [False, True])
def test_an_answer_that_does_not_fit_the_prompt_s_reasoning_is_never_learnt(
    *, is_thinking: bool
) -> None:
    answer = _answered("Red.") if is_thinking else _answered("Red.", reasoning="I look.")
    sample = _sample(_asked("Color?"), answer, system="/think" if is_thinking else "")
    with pytest.raises(AssertionError):
        list(_collector(num_sequences=1).add(sample))


def test_what_no_length_holds_is_left_out() -> None:
    long = _sample(_asked("word " * 400), _answered("One."))
    assert not [*_collector(num_sequences=1).add(long)]
