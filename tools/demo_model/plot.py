"""Draws the losses of a training run: `python -m tools.demo_model.plot log.csv loss.svg`."""

import csv
import math
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

Points = Sequence[tuple[float, float]]

_WIDTH, _HEIGHT = 720, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 700, 20, 316
# The losses of so many rows are averaged: single minibatches differ much.
_AVERAGED = 5
# Column of the log, colour, what the reader is told.
_CURVES = (
    ("loss", "#1f77b4", "answers, nats a token"),
    ("label_loss", "#ff7f0e", "what each patch shows"),
)


def main() -> None:
    log, picture = map(Path, sys.argv[1:])
    with log.open(newline="") as file:
        rows = list(csv.DictReader(file))
    # What was not trained has a loss of zero throughout, for which the axis has no place.
    curves = [
        _averaged([(float(r["step"]), float(r[name])) for r in rows if float(r[name])])
        for name, *_ in _CURVES
    ]
    picture.write_text(draw(curves))


def draw(curves: Sequence[Points]) -> str:
    """An SVG with a logarithmic axis of losses over a linear one of steps.

    An empty curve is left out.
    """
    steps = max(step for curve in curves for step, _ in curve)
    losses = [loss for curve in curves for _, loss in curve]
    lowest, highest = math.floor(math.log10(min(losses))), math.ceil(math.log10(max(losses)))

    def place(step: float, loss: float) -> tuple[float, float]:
        height = (math.log10(loss) - lowest) / (highest - lowest)
        x, y = _LEFT + (_RIGHT - _LEFT) * step / steps, _BOTTOM - (_BOTTOM - _TOP) * height
        return round(x, 1), round(y, 1)

    parts = [f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>']
    for power in range(lowest, highest + 1):
        y = place(0, 10.0**power)[1]
        parts += [_line(_LEFT, y, _RIGHT, y), _text(_LEFT - 8, y + 4, f"{10.0**power:g}", "end")]
    for step in range(0, int(steps) + 1, 1000):
        x = place(step, 10.0**lowest)[0]
        parts += [_line(x, _TOP, x, _BOTTOM), _text(x, _BOTTOM + 18, f"{step:,}", "middle")]
    parts.append(_text((_LEFT + _RIGHT) / 2, _BOTTOM + 36, "step", "middle"))
    drawn = [(curve, about) for curve, about in zip(curves, _CURVES, strict=True) if curve]
    for index, (curve, (_, colour, name)) in enumerate(drawn):
        points = " ".join(f"{x},{y}" for x, y in (place(*point) for point in curve))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
        parts.append(_text(_RIGHT - 8, _TOP + 18 * (index + 1), name, "end", colour))
    return _document(parts)


def _averaged(points: Points) -> Points:
    """The mean of each stretch of points, at its end."""
    stretches = [points[start : start + _AVERAGED] for start in range(0, len(points), _AVERAGED)]
    return [
        (stretch[-1][0], sum(loss for _, loss in stretch) / len(stretch)) for stretch in stretches
    ]


def _line(x: float, y: float, other_x: float, other_y: float) -> str:
    return f'<line x1="{x}" y1="{y}" x2="{other_x}" y2="{other_y}" stroke="#ddd"/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#333") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{text}</text>'


def _document(parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="sans-serif" font-size="12">\n{body}\n</svg>\n'
    )


if __name__ == "__main__":
    main()
