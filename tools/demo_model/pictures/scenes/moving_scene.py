"""A clip of a few frames in which one thing moves, grows, shrinks or stays."""

from dataclasses import dataclass
from random import Random

from tools.demo_model.catalog import colors
from tools.demo_model.catalog.classes import FORMS
from tools.demo_model.catalog.objects import THINGS
from tools.demo_model.pictures.drawing.box import Box
from tools.demo_model.pictures.drawing.canvas import Canvas
from tools.demo_model.pictures.drawing.picture import Picture
from tools.demo_model.pictures.scenes.background import draw_background
from tools.demo_model.pictures.scenes.form import Coat, draw_form
from tools.demo_model.pictures.scenes.object_scene import choose_style, draw_thing
from tools.demo_model.sample import TILE
from tools.demo_model.tables import table

_MOTIONS = table("pictures/forms")["motions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionFacts:
    """`name` is of the thing that moves; `color` is empty for an object."""

    name: str
    color: str
    motion: str
    background: str


def draw_moving_scene(rng: Random, *, is_held_out: bool) -> list[Picture[MotionFacts]]:
    """Four to eight frames."""
    image, ground, background = draw_background(rng, (TILE, TILE), is_held_out=is_held_out)
    motion = rng.choice(list(_MOTIONS))
    color = colors.names_on(ground, rng, 1)[0] if rng.random() < 0.5 else ""
    form, thing, style = rng.choice(FORMS), rng.choice(THINGS), choose_style(rng)
    shade = colors.shade_on(rng, color, ground) if color else ground
    look, wear_state = rng.getrandbits(32), rng.getrandbits(32)
    name = form if color else thing.name
    facts = MotionFacts(name=name, color=color, motion=motion, background=background)
    frames = []
    for box in _path(rng, motion, rng.randint(4, 8)):
        canvas = Canvas(image.copy())
        # The same turn and the same wear in every frame.
        if color:
            draw_form(Random(look), canvas, form, color, box, shade, Coat())
        else:
            draw_thing(Random(look), canvas, thing, style, box)
        frames.append(canvas.finish(Random(wear_state), facts))
    return frames


def _path(rng: Random, motion: str, num_frames: int) -> list[Box]:
    moves = _MOTIONS[motion]
    ways = []
    for axis in "xy":
        still = rng.uniform(0.3, 0.7)
        ways.append(moves.get(axis, (still, still)))
    growth = moves.get("growth", 1.0)
    side = rng.uniform(0.18, 0.28) * TILE / growth**0.5
    boxes = []
    for index in range(num_frames):
        part = index / (num_frames - 1)
        x, y = (TILE * (start + (end - start) * part) for start, end in ways)
        boxes.append(Box.around((x, y), side * growth**part, side * growth**part))
    return boxes
