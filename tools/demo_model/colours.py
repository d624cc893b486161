"""Colours that everyone calls by the same name, and the names themselves."""

import colorsys
from random import Random

RGB = tuple[int, int, int]

# Boxes of hue (degrees), saturation and value, wide apart, so that no shade has two names.
_SHADES = {
    "red": [((-8, 7), (0.72, 1.0), (0.68, 1.0))],
    "orange": [((23, 39), (0.78, 1.0), (0.9, 1.0))],
    "yellow": [((48, 61), (0.6, 1.0), (0.9, 1.0))],
    "green": [((92, 150), (0.45, 1.0), (0.36, 0.9))],
    "blue": [((202, 226), (0.55, 1.0), (0.55, 1.0)), ((226, 242), (0.65, 1.0), (0.5, 1.0))],
    "purple": [((262, 286), (0.4, 1.0), (0.45, 0.85)), ((288, 304), (0.55, 1.0), (0.38, 0.7))],
    "pink": [((318, 344), (0.3, 0.62), (0.88, 1.0)), ((340, 354), (0.18, 0.4), (0.96, 1.0))],
    "brown": [((12, 30), (0.42, 0.9), (0.32, 0.6))],
    "black": [((0, 360), (0.0, 0.15), (0.0, 0.14))],
    "white": [((0, 360), (0.0, 0.015), (0.98, 1.0))],
    "gray": [((0, 360), (0.0, 0.06), (0.42, 0.7))],
}
# What programs draw with: the colours of CSS, of plotting libraries, of offices and of the web.
_SWATCHES = {
    "red": "ff0000 d62728 e41a1c c44e52 f44336 e74c3c dc3912 ea4335 c00000 dc143c b22222 d32f2f",
    "orange": "ffa500 ff7f0e ff8c00 ed7d31 ff7f00 dd8452 ff9800 e67e22 f58518 fd7e14",
    "yellow": "ffff00 ffd700 ffeb3b f1c40f ffff33 ffd966 ffdd00",
    "green": "008000 2ca02c 00ff00 4daf4a 55a868 70ad47 4caf50 2ecc71 109618 34a853 228b22 006400",
    "blue": "0000ff 1f77b4 377eb8 4c72b0 4472c4 5b9bd5 2196f3 3498db 3366cc 4285f4 4169e1 000080",
    "purple": "800080 9467bd 984ea3 8e44ad 9b59b6 7030a0 9c27b0 990099 663399 6a0dad 8a2be2",
    "pink": "ffc0cb e377c2 f781bf ff69b4 ffb6c1 e84393 da8bc3 ff1493 f48fb1",
    "brown": "8c564b a65628 937860 795548 8b4513 6d4c41 5d4037 a0522d 7b3f00",
    "black": "000000 111111 1a1a1a 222222",
    "white": "ffffff fefefe",
    "gray": "808080 7f7f7f 999999 8c8c8c a5a5a5 9e9e9e 95a5a6 a9a9a9 696969 777777",
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
    """Some colour that is plainly `name`: a swatch of some program, or any."""
    if rng.random() < 0.5:
        code = rng.choice(_SWATCHES[name].split())
        return int(code[:2], 16), int(code[2:4], 16), int(code[4:], 16)
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
    """`count` different colour names; if enough can be told from the background, those."""
    fitting = [name for name in COLOURS if stands_out(shade(rng, name), background)]
    if count <= len(fitting):
        return rng.sample(fitting, count)
    others = [name for name in COLOURS if name not in fitting]
    return fitting + rng.sample(others, count - len(fitting))


def shade_on(rng: Random, name: str, background: RGB) -> RGB:
    """A shade of `name` that is well visible, if there is one; best it is one of `names_on`."""
    tries = [shade(rng, name) for _ in range(4)]
    visible = (tried for tried in tries if stands_out(tried, background))
    return next(visible, max(tries, key=lambda tried: _distance(tried, background)))


def _near(rng: Random, value: int) -> int:
    return min(255, max(0, value + rng.randint(-4, 4)))


def _distance(one: RGB, other: RGB) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))
