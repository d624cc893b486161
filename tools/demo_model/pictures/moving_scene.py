"""A clip of a few frames in which one thing moves, grows, shrinks or stays."""

from dataclasses import dataclass
from random import Random

from tools.demo_model import colours
from tools.demo_model.classes import FORMS
from tools.demo_model.objects import THINGS
from tools.demo_model.pictures.background import draw_background
from tools.demo_model.pictures.canvas import Box, Canvas
from tools.demo_model.pictures.form import PLAIN, draw_form
from tools.demo_model.pictures.object_scene import choose_style, draw_thing
from tools.demo_model.pictures.picture import Picture
from tools.demo_model.sample import TILE

# What happens, with the middle at the start and at the end (parts of the picture) and the growth.
MOTIONS = {
    "moves from left to right": ((0.18, None), (0.82, None), 1.0),
    "moves from right to left": ((0.82, None), (0.18, None), 1.0),
    "moves from top to bottom": ((None, 0.18), (None, 0.82), 1.0),
    "moves from bottom to top": ((None, 0.82), (None, 0.18), 1.0),
    "grows larger": ((None, None), (None, None), 2.2),
    "gets smaller": ((None, None), (None, None), 0.45),
    "stays in place": ((None, None), (None, None), 1.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionFacts:
    """`name` is of the thing that moves; `colour` is empty for an object."""

    name: str
    colour: str
    motion: str
    background: str


def draw_moving_scene(rng: Random, *, is_held_out: bool) -> list[Picture[MotionFacts]]:
    """Four to eight frames."""
    ground_image, ground, background = draw_background(rng, (TILE, TILE), is_held_out=is_held_out)
    motion = rng.choice(list(MOTIONS))
    colour = colours.names_on(ground, rng, 1)[0] if rng.random() < 0.5 else ""
    form, thing, style = rng.choice(FORMS), rng.choice(THINGS), choose_style(rng)
    shade = colours.shade_on(rng, colour, ground) if colour else ground
    look, wear_state = rng.getrandbits(32), rng.getrandbits(32)
    facts = MotionFacts(
        name=form if colour else thing.name, colour=colour, motion=motion, background=background
    )
    frames = []
    for box in _path(rng, motion, rng.randint(4, 8)):
        canvas = Canvas(ground_image.copy())
        # The same turn and the same wear in every frame.
        if colour:
            draw_form(Random(look), canvas, form, colour, box, shade, PLAIN)
        else:
            draw_thing(Random(look), canvas, thing, style, box)
        pixels, labels = canvas.finish(Random(wear_state))
        frames.append(Picture(pixels=pixels, labels=labels, facts=facts))
    return frames


def _path(rng: Random, motion: str, num_frames: int) -> list[Box]:
    start, end, growth = MOTIONS[motion]
    still = (rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.7))
    side = rng.uniform(0.18, 0.28) * TILE / growth**0.5
    boxes = []
    for index in range(num_frames):
        part = index / (num_frames - 1)
        middle = [
            TILE * (rest if a is None or b is None else a + (b - a) * part)
            for a, b, rest in zip(start, end, still, strict=True)
        ]
        half = side * growth**part / 2
        x, y = middle
        boxes.append((x - half, y - half, x + half, y + half))
    return boxes
