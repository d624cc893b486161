"""The second set is drawn the same everywhere and says the truth about its pictures."""

import re
from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest

from tools.demo_model import second_set
from tools.demo_model.catalog import words
from tools.demo_model.evaluation.exam import skills_in
from tools.demo_model.evaluation.judge import skill_of
from tools.demo_model.second_set import wording
from tools.demo_model.second_set.canvas import draw
from tools.demo_model.second_set.charts import bar_chart
from tools.demo_model.second_set.shapes import Shape, shape_scene

pytestmark = pytest.mark.drawing


def test_a_stretch_of_seeds_has_every_skill_equally_often() -> None:
    skills = skills_in("second")
    samples = [second_set.sample(seed) for seed in range(2 * len(skills))]
    assert Counter(skill_of(sample) for sample in samples) == dict.fromkeys(skills, 2)
    for sample in samples:
        assert all(image.shape == (512, 512, 3) for image in sample.images)
        assert sample.messages[-1]["role"] == "assistant"


def test_a_seed_gives_the_same_picture_again() -> None:
    one, other = second_set.sample(0), second_set.sample(0)
    assert one.messages == other.messages
    assert np.array_equal(one.images[0], other.images[0])


def test_each_shape_is_seen_apart() -> None:
    """Pure colors that no edge or ground has: as many patches of pixels as shapes."""
    shapes = [Shape("circle", "red")] * 5

    def scene(rng: Random, figure: Any) -> None:
        shape_scene(rng, figure, shapes)

    pixels, _ = draw(Random(1), scene, is_plain=True)
    reddish = (pixels[..., 0] > 150) & (pixels[..., 1] < 80) & (pixels[..., 2] < 80)
    assert _count_patches(reddish) == len(shapes)


def test_the_highest_bar_is_one_of_the_categories() -> None:
    for seed in range(4):
        _, chart = draw(Random(seed), bar_chart)
        assert chart.highest in chart.categories
        assert len(set(chart.categories)) == len(chart.categories)


def test_titles_have_up_to_three_words_half_of_them_new() -> None:
    assert not set(wording.OTHER_WORDS) & set(words.BUSINESS)
    titles = [wording.title(Random(seed)) for seed in range(400)]
    assert all(re.fullmatch(r"[A-Za-z]+(?: [A-Za-z]+){0,2}", title) for title in titles)
    used = [word.lower() for title in titles for word in title.split()]
    assert 0.4 < np.mean([word in wording.OTHER_WORDS for word in used]) < 0.6


def _count_patches(mask: np.ndarray) -> int:
    """Connected stretches of a mask, by flooding one after the other."""
    left = set(zip(*np.nonzero(mask), strict=True))
    count = 0
    while left:
        count += 1
        edge = [left.pop()]
        while edge:
            row, column = edge.pop()
            near = {(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)}
            edge += left & near
            left -= near
    return count
