"""Colors that everyone calls by the same name, and the names themselves."""

import colorsys
from random import Random

from tools.demo_model.tables import table

RGB = tuple[int, int, int]


def rgb(code: str) -> RGB:
    """The color of a code as in "ff8c00"."""
    red, green, blue = bytes.fromhex(code)
    return red, green, blue


_DATA = table("colors")
COLORS = tuple(_DATA["shades"])
GROUNDS = {name: rgb(code) for name, code in _DATA["grounds"].items()}


def shade(rng: Random, name: str) -> RGB:
    """Some color that is plainly `name`: a swatch of some program, or any."""
    if rng.random() < 0.5:
        return rgb(rng.choice(_DATA["swatches"][name].split()))
    hue, saturation, value = (rng.uniform(*span) for span in rng.choice(_DATA["shades"][name]))
    red, green, blue = colorsys.hsv_to_rgb(hue % 360 / 360, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def ground(rng: Random, name: str) -> RGB:
    red, green, blue = (min(255, max(0, part + rng.randint(-4, 4))) for part in GROUNDS[name])
    return red, green, blue


def mixed(one: RGB, other: RGB, part: float) -> RGB:
    """The color on the way from one to the other."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def stands_out(color: RGB, on: RGB) -> bool:
    """Whether a drawing in `color` is well visible `on` the other one."""
    return _distance(color, on) > 130


def ink_on(color: RGB) -> RGB:
    """Black or white, whichever reads better on a color."""
    red, green, blue = color
    return (0, 0, 0) if 0.3 * red + 0.6 * green + 0.1 * blue > 120 else (255, 255, 255)


def names_on(background: RGB, rng: Random, count: int) -> list[str]:
    """`count` different color names; if enough can be told from the background, those."""
    fitting = [name for name in COLORS if stands_out(shade(rng, name), background)]
    if count <= len(fitting):
        return rng.sample(fitting, count)
    others = [name for name in COLORS if name not in fitting]
    return fitting + rng.sample(others, count - len(fitting))


def shade_on(rng: Random, name: str, background: RGB) -> RGB:
    """A shade of `name` that is well visible, if there is one; best it is one of `names_on`."""
    tries = [shade(rng, name) for _ in range(4)]
    visible = (tried for tried in tries if stands_out(tried, background))
    return next(visible, max(tries, key=lambda tried: _distance(tried, background)))


def _distance(one: RGB, other: RGB) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))
