"""Checks in labels and pixels that a picture shows what its facts say."""

import colorsys
import itertools
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tools.demo_model.catalog import words
from tools.demo_model.catalog.classes import CHARACTERS, CLASSES, ID_BY_CLASS
from tools.demo_model.pictures.charts.bar_chart import draw_bar_chart
from tools.demo_model.pictures.charts.pie_chart import draw_pie_chart
from tools.demo_model.pictures.drawing.canvas import Canvas
from tools.demo_model.pictures.drawing.lettering import Cut, lettering
from tools.demo_model.pictures.drawing.picture import Picture
from tools.demo_model.pictures.pages.diagram import draw_diagram
from tools.demo_model.pictures.scenes.moving_scene import draw_moving_scene
from tools.demo_model.pictures.scenes.object_scene import draw_object_scene
from tools.demo_model.pictures.scenes.shape_scene import draw_shape_scene
from tools.demo_model.sample import PATCH, PATCHES_PER_SIDE

Draw = Callable[..., Picture[Any]]

pytestmark = pytest.mark.usefixtures("drawing_assets")

# Wider than the palette's own ranges, as recompression and other light move colors a little.
_HUES = {
    "red": (-14, 14),
    "orange": (18, 43),
    "yellow": (44, 68),
    "green": (85, 155),
    "blue": (192, 250),
    "purple": (252, 312),
    "pink": (312, 360),
}


@pytest.mark.parametrize(
    "cut",
    [
        Cut("DejaVuSans.ttf"),
        Cut("DejaVuSans.ttf", spacing=0.2),
        Cut("DejaVuSans.ttf", is_slanted=True),
        Cut("DejaVuSans.ttf", is_fat=True),
    ],
)
def test_letters_are_labelled_where_they_are_drawn(cut: Cut) -> None:
    canvas = _white_canvas()
    canvas.text((20, 200), "Total 42", lettering(cut, 48), (0, 0, 0), also=("rank highest",))
    finished = canvas.finish(Random(3), None)
    pixels, labels = finished.pixels, finished.labels
    letters = labels[labels[:, 1] < len(CHARACTERS)]
    read = "".join(CHARACTERS[class_id] for _, class_id in letters[np.argsort(letters[:, 0])])
    assert read == "Total42"
    assert all(_patch(pixels, patch).min() < 128 for patch in letters[:, 0])
    ranked = labels[labels[:, 1] == ID_BY_CLASS["rank highest"], 0]
    assert sorted(ranked) == sorted(letters[:, 0])


@pytest.mark.parametrize(("degrees", "down"), [(45, -1), (90, -1), (-45, 1)])
def test_turned_letters_are_labelled_where_they_are_drawn(degrees: int, down: int) -> None:
    canvas = _white_canvas()
    face = lettering(Cut("DejaVuSans.ttf"), 48)
    canvas.text((256, 256), "Total42", face, (0, 0, 0), degrees=degrees, align=0.5)
    finished = canvas.finish(Random(3), None)
    pixels, labels = finished.pixels, finished.labels
    rows = down * (labels[:, 0] // PATCHES_PER_SIDE)
    assert "".join(CHARACTERS[c] for c in labels[np.argsort(rows, kind="stable"), 1]) == "Total42"
    assert all(_patch(pixels, patch).min() < 128 for patch in labels[:, 0])


def test_a_higher_value_has_a_higher_bar() -> None:
    end = ID_BY_CLASS["mark bar end"]
    num_checked = 0
    for seed in range(40):
        picture = draw_bar_chart(Random(seed), is_held_out=False)
        values = [value for group in zip(*picture.facts.values, strict=True) for value in group]
        patches = picture.labels[picture.labels[:, 1] == end, 0]
        if picture.facts.is_lying:
            reach = patches % PATCHES_PER_SIDE
        else:
            reach = -(patches // PATCHES_PER_SIDE)
        assert len(reach) == len(values)
        for one, other in itertools.combinations(range(len(values)), 2):
            if values[one] > values[other]:
                assert reach[one] >= reach[other]
                num_checked += 1
    assert num_checked > 100


def test_the_name_and_the_bar_of_the_highest_value_say_so() -> None:
    num_checked = 0
    for seed in range(60):
        picture = draw_bar_chart(Random(seed), is_held_out=False)
        facts, labels = picture.facts, picture.labels
        for rank, name in (("highest", facts.ranked[0]), ("lowest", facts.ranked[-1])):
            patches = set(labels[labels[:, 1] == ID_BY_CLASS[f"rank {rank}"], 0])
            if len(facts.series) > 1:
                assert not patches
                continue
            letters = {CHARACTERS[c] for patch, c in labels if patch in patches and c < 94}
            assert set(name.replace(" ", "")) <= letters, (seed, rank)
            assert patches & set(labels[labels[:, 1] == ID_BY_CLASS["mark bar end"], 0])
            num_checked += 1
    assert num_checked > 60


@pytest.mark.parametrize("draw", [draw_bar_chart, draw_pie_chart, draw_shape_scene])
def test_named_colors_are_in_the_pixels(draw: Draw) -> None:
    num_checked = 0
    for seed in range(25):
        picture = draw(Random(seed), is_held_out=False)
        for name, hues in _HUES.items():
            patches = picture.labels[picture.labels[:, 1] == ID_BY_CLASS[f"color {name}"], 0]
            if len(patches) >= 6:
                color = np.median([_middle(picture.pixels, patch) for patch in patches], axis=0)
                hue = colorsys.rgb_to_hsv(*color / 255)[0] * 360
                assert any(hues[0] <= hue + turn <= hues[1] for turn in (0, -360)), (seed, name)
                num_checked += 1
    assert num_checked > 10


@pytest.mark.parametrize(
    ("draw", "mark"), [(draw_bar_chart, "mark bar"), (draw_pie_chart, "mark slice")]
)
def test_long_names_leave_room_for_what_they_name(
    draw: Draw, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "categories", _long_names)
    for seed in range(60):
        labels = draw(Random(seed), is_held_out=False).labels
        patches = labels[labels[:, 1] == ID_BY_CLASS[mark], 0]
        for place in (patches // PATCHES_PER_SIDE, patches % PATCHES_PER_SIDE):
            assert np.ptp(place) + 1 >= 8, seed


@pytest.mark.parametrize(
    ("draw", "prefix"), [(draw_shape_scene, "form"), (draw_object_scene, "thing")]
)
def test_scenes_show_their_items_apart(draw: Draw, prefix: str) -> None:
    for seed in range(40):
        picture = draw(Random(seed), is_held_out=False)
        shown = {CLASSES[class_id] for class_id in picture.labels[:, 1]}
        for item in picture.facts.items:
            assert f"{prefix} {item.name}" in shown
            assert 0 < item.x < 1
            assert 0 < item.y < 1
        for one, other in itertools.combinations(picture.facts.items, 2):
            distance = max(abs(one.x - other.x), abs(one.y - other.y))
            assert distance > 0.4 * (one.size + other.size) / 2


def test_the_boxes_of_a_diagram_bear_its_steps() -> None:
    for seed in range(20):
        picture = draw_diagram(Random(seed), is_held_out=False)
        drawn = [CHARACTERS[c] for c in picture.labels[:, 1] if c < len(CHARACTERS)]
        for step in picture.facts.steps:
            assert all(drawn.count(letter) >= step.count(letter) for letter in step)


def test_a_clip_moves_as_it_says() -> None:
    seen = set()
    for seed in range(40):
        frames = draw_moving_scene(Random(seed), is_held_out=False)
        first, last = (_centre(frame.labels) for frame in (frames[0], frames[-1]))
        motion = frames[0].facts.motion
        right, down = last[0] - first[0], last[1] - first[1]
        grown = len(frames[-1].labels) - len(frames[0].labels)
        assert {
            "moves from left to right": right > 8,
            "moves from right to left": right < -8,
            "moves from top to bottom": down > 8,
            "moves from bottom to top": down < -8,
            "grows larger": grown > 0,
            "gets smaller": grown < 0,
            "stays in place": abs(right) + abs(down) < 1 and grown == 0,
        }[motion]
        seen.add(motion)
    assert len(seen) == 7


def _long_names(rng: Random, count: int) -> list[str]:
    del rng
    return [f"WMWMWMWM WMWMWM {index}" for index in range(count)]


def _white_canvas() -> Canvas:
    return Canvas(Image.new("RGB", (512, 512), (255, 255, 255)))


def _patch(pixels: np.ndarray, patch: int) -> np.ndarray:
    top, left = patch // PATCHES_PER_SIDE * PATCH, patch % PATCHES_PER_SIDE * PATCH
    return pixels[top : top + PATCH, left : left + PATCH]


def _middle(pixels: np.ndarray, patch: int) -> np.ndarray:
    return np.median(_patch(pixels, patch)[5:11, 5:11].reshape(-1, 3), axis=0)


def _centre(labels: np.ndarray) -> tuple[float, float]:
    patches = labels[:, 0]
    return float((patches % PATCHES_PER_SIDE).mean()), float((patches // PATCHES_PER_SIDE).mean())
