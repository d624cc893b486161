"""Round corners are drawn whatever the size of the box."""

import itertools

import pytest
from PIL import Image, ImageDraw

from tools.demo_model.pictures.drawing.box import Box, paint_rounded_box

_FILL, _EDGE = (200, 30, 30), (0, 0, 0)


@pytest.mark.parametrize("edge", [None, _EDGE])
@pytest.mark.parametrize("shift", [0.0, 0.3, 0.5])
def test_a_box_of_any_size_is_painted(edge: tuple[int, int, int] | None, shift: float) -> None:
    image = Image.new("RGB", (64, 64), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    sizes = [index * 0.7 for index in range(28)]
    for width, height, radius in itertools.product(sizes, sizes, (0.5, 3.0, 4.7, 6.2, 9.0, 30.0)):
        left, top = 10 + shift, 12 + shift
        box = Box(left, top, left + width, top + height)
        paint_rounded_box(draw, box, radius, _FILL, edge=edge, line=2)
        middle = round(left + width / 2), round(top + height / 2)
        assert image.getpixel(middle) in (_FILL, edge), (width, height, radius)
        draw.rectangle((0, 0, 64, 64), (255, 255, 255))


def test_corners_are_round_where_there_is_room() -> None:
    image = Image.new("RGB", (64, 64), (255, 255, 255))
    box = Box(10.2, 10.2, 50.1, 40.4)
    paint_rounded_box(ImageDraw.Draw(image), box, 8.0, _FILL, edge=_EDGE, line=1)
    assert image.getpixel((10, 10)) == (255, 255, 255)
    assert image.getpixel((50, 40)) == (255, 255, 255)
    assert image.getpixel((30, 10)) == _EDGE
    assert image.getpixel((30, 25)) == _FILL
