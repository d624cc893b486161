import re
from collections import Counter

import numpy as np
import pytest

from tools.demo_model.catalog.classes import CLASSES
from tools.demo_model.conversation import answer_text
from tools.demo_model.mix import sample
from tools.demo_model.sample import Sample

pytestmark = pytest.mark.usefixtures("drawing_assets")


@pytest.fixture(scope="module")
def many(drawing_assets: None) -> list[Sample]:
    return [sample(seed) for seed in range(250)]


def test_the_same_seed_gives_the_same_sample() -> None:
    for seed in range(8):
        one, other = sample(seed), sample(seed)
        assert one.messages == other.messages
        assert one.facts == other.facts
        for pixels, again in zip(one.images, other.images, strict=True):
            assert np.array_equal(pixels, again)


def test_the_splits_differ_at_the_same_seed() -> None:
    pairs = [(sample(seed), sample(seed, "heldout")) for seed in range(8)]
    assert all(one.messages != other.messages for one, other in pairs)


def test_titles_of_the_evaluation_are_not_in_training(many: list[Sample]) -> None:
    def titles(samples: list[Sample]) -> set[str]:
        found = {made.facts["picture"].get("title", "") for made in samples}
        return {title.lower() for title in found - {""}}

    held_out = titles([sample(seed, "heldout") for seed in range(60)])
    assert held_out
    assert not held_out & titles(many)


def test_every_kind_appears(many: list[Sample]) -> None:
    kinds = Counter(made.kind for made in many)
    pictures = {"bar chart", "line chart", "pie chart", "scatter plot", "table", "text", "diagram"}
    assert pictures | {"shapes", "objects", "pair", "video", "small talk", "tools"} == set(kinds)


def test_images_are_tiles_and_match_the_parts(many: list[Sample]) -> None:
    for made in many:
        expected = 0
        for message in made.messages:
            for part in message["content"] if isinstance(message["content"], list) else []:
                expected += {"image": 1, "text": 0}.get(
                    part["type"], len(part.get("timestamps_s", ()))
                )
        assert len(made.images) == len(made.labels) == expected
        for pixels, labels in zip(made.images, made.labels, strict=True):
            assert pixels.shape == (512, 512, 3)
            assert pixels.dtype == np.uint8
            assert labels.dtype == np.int32
            assert len(labels) > 0
            assert 0 <= labels[:, 0].min() <= labels[:, 0].max() < 1024
            assert 0 <= labels[:, 1].min() <= labels[:, 1].max() < len(CLASSES)


def test_the_last_message_answers_with_what_is_expected(many: list[Sample]) -> None:
    for made in many:
        last = made.messages[-1]
        assert last["role"] == "assistant"
        if made.facts["skill"] not in {"kind", "pair"}:
            assert str(made.facts["expected"]).lower() in answer_text(last).lower().replace(
                "there is one line", "one"
            )


def test_every_answer_is_reasoned_where_it_is_asked_for_and_only_there(many: list[Sample]) -> None:
    num_calls = 0
    for made in many:
        systems = [m["content"] for m in made.messages if m["role"] == "system"]
        is_asked = any(re.search(r"(^|\s)/think", system) for system in systems)
        assert made.facts["is_thinking"] == is_asked
        for message in made.messages:
            if message["role"] == "assistant":
                assert answer_text(message).count("</think>") == int(is_asked)
                num_calls += is_asked and "tool_calls" in message
    assert num_calls
