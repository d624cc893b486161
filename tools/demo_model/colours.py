"""Colours that everyone calls by the same name, and the names themselves."""

import colorsys
from random import Random

RGB = tuple[int, int, int]

# Boxes of hue (degrees), saturation and value, wide apart, so that no shade has two names.
_SHADES = {
    "red": [((-8, 6), (0.78, 1.0), (0.72, 1.0))],
    "orange": [((25, 38), (0.82, 1.0), (0.92, 1.0))],
    "yellow": [((50, 60), (0.65, 1.0), (0.92, 1.0))],
    "green": [((96, 145), (0.5, 1.0), (0.42, 0.85))],
    "blue": [((204, 226), (0.62, 1.0), (0.6, 1.0)), ((226, 242), (0.7, 1.0), (0.55, 1.0))],
    "purple": [((264, 284), (0.42, 0.9), (0.5, 0.78)), ((290, 302), (0.6, 1.0), (0.42, 0.62))],
    "pink": [((322, 344), (0.32, 0.62), (0.93, 1.0)), ((345, 352), (0.22, 0.38), (0.97, 1.0))],
    "brown": [((14, 28), (0.5, 0.88), (0.36, 0.58))],
    "black": [((0, 360), (0.0, 0.1), (0.0, 0.12))],
    "white": [((0, 360), (0.0, 0.015), (0.98, 1.0))],
    "gray": [((0, 360), (0.0, 0.05), (0.45, 0.62))],
}
COLOURS = tuple(_SHADES)

# Grounds to draw on, with the name that an answer gives them.
GROUNDS: dict[str, RGB] = {
    "white": (255, 255, 255),
    "light gray": (222, 222, 224),
    "light blue": (200, 224, 248),
    "light green": (206, 238, 206),
    "light yellow": (252, 246, 204),
    "light pink": (252, 218, 228),
    "black": (12, 12, 14),
    "dark gray": (62, 62, 66),
    "dark blue": (18, 30, 84),
    "dark green": (16, 66, 36),
}


def shade(rng: Random, name: str) -> RGB:
    """Some colour that is plainly `name`."""
    hue, saturation, value = (rng.uniform(*span) for span in rng.choice(_SHADES[name]))
    red, green, blue = colorsys.hsv_to_rgb(hue % 360 / 360, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def ground(rng: Random, name: str) -> RGB:
    red, green, blue = GROUNDS[name]
    return _near(rng, red), _near(rng, green), _near(rng, blue)


def stands_out(colour: RGB, on: RGB) -> bool:
    """Whether a drawing in `colour` is well visible `on` the other one."""
    return sum(abs(a - b) for a, b in zip(colour, on, strict=True)) > 130


def ink_on(colour: RGB) -> RGB:
    """Black or white, whichever reads better on a colour."""
    red, green, blue = colour
    return (0, 0, 0) if 0.3 * red + 0.6 * green + 0.1 * blue > 120 else (255, 255, 255)


def names_on(background: RGB, rng: Random, count: int) -> list[str]:
    """`count` different colour names whose shades can be told from the background."""
    fitting = [name for name in COLOURS if stands_out(shade(rng, name), background)]
    return rng.sample(fitting, count)


def shade_on(rng: Random, name: str, background: RGB) -> RGB:
    """The most visible of a few shades of `name`, which is best one of `names_on`."""
    tries = [shade(rng, name) for _ in range(4)]
    return max(tries, key=lambda tried: _distance(tried, background))


def _near(rng: Random, value: int) -> int:
    return min(255, max(0, value + rng.randint(-4, 4)))


def _distance(one: RGB, other: RGB) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))
