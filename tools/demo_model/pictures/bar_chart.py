"""Bar charts: upright or lying, one bar a category or a group of them."""

from random import Random

from tools.demo_model import colours
from tools.demo_model.colours import RGB
from tools.demo_model.pictures import axes
from tools.demo_model.pictures.area import Area, whole
from tools.demo_model.pictures.bar_facts import BarFacts, choose_facts
from tools.demo_model.pictures.bar_style import (
    BarStyle,
    choose_style,
    paint_bar,
    paint_error_bar,
)
from tools.demo_model.pictures.canvas import Box, Canvas
from tools.demo_model.pictures.lettering import Lettering, fitting
from tools.demo_model.pictures.picture import Picture
from tools.demo_model.pictures.scale import Scale, draw_across_scale, draw_up_scale, scale_for
from tools.demo_model.pictures.theme import Theme, choose_theme, page


def draw_bar_chart(rng: Random, *, is_held_out: bool) -> Picture[BarFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    facts, style = choose_facts(rng, theme), choose_style(rng, theme)
    canvas = page(rng, theme)
    shades = [colours.shade_on(rng, name, theme.ground) for name in facts.colours]
    area = whole(canvas, rng)
    face = axes.text_lettering(canvas, theme, rng)
    if facts.title:
        axes.draw_title(canvas, theme, rng, area, facts.title)
    if len(facts.series) > 1:
        places = ("bottom",) if is_held_out else ("top", "right")
        entries = list(zip(facts.series, shades, strict=True))
        axes.draw_legend(canvas, theme, face, area, entries, place=rng.choice(places))
    axes.draw_axis_names(canvas, theme, face, area, facts.axis_names)
    scale = scale_for(rng, max(map(max, facts.values)), start=facts.floor)
    bars = _Bars(canvas, theme, face, area, scale, facts, style, shades)
    if facts.is_lying:
        bars.draw_lying()
    else:
        bars.draw_upright(rng)
    pixels, labels = canvas.finish(rng)
    return Picture(pixels=pixels, labels=labels, facts=facts)


class _Bars:
    """The plot itself, once everything around it has its place."""

    def __init__(
        self,
        canvas: Canvas,
        theme: Theme,
        face: Lettering,
        area: Area,
        scale: Scale,
        facts: BarFacts,
        style: BarStyle,
        shades: list[RGB],
    ) -> None:
        self.canvas, self.theme, self.face, self.area = canvas, theme, face, area
        self.scale, self.facts, self.style, self.shades = scale, facts, style, shades
        self.ranks = _ranks(facts)

    def draw_upright(self, rng: Random) -> None:
        area, face, facts = self.area, self.face, self.facts
        lettering = face
        widest = max(map(lettering.width, facts.categories))
        # The ticks take some width later; what the slots are then is known well enough here.
        slot = area.width * 0.88 / len(facts.categories)
        turn = self.style.label_turn
        if not turn and widest > slot * 0.95:
            turn = rng.choice((90, 90, 45))
        if turn:
            lettering = self._lettering_of_names(area.height * 0.45)
            widest = max(map(lettering.width, facts.categories))
        if turn == 90:
            area.bottom -= widest + 0.8 * lettering.size
        elif turn:
            area.bottom -= 0.75 * widest + 1.3 * lettering.size
            area.left += 0.3 * widest
        else:
            area.bottom -= 1.6 * face.size
        draw_up_scale(self.canvas, self.theme, face, area, self.scale, rng)
        slot = area.width / len(facts.categories)
        for index, category in enumerate(facts.categories):
            middle = area.left + slot * (index + 0.5)
            self._name_below(middle, category, lettering, turn, self.ranks[index])
            self._draw_group(index, middle - slot * self.style.part / 2, slot * self.style.part)

    def _lettering_of_names(self, room: float) -> Lettering:
        """Smaller than the rest where long names would leave too little for the bars."""
        face = self.face
        longest = max(self.facts.categories, key=face.width)
        return fitting(face.cut, longest, size=face.size, width=room, smallest=6)

    def _name_below(
        self, middle: float, category: str, face: Lettering, turn: int, also: tuple[str, ...]
    ) -> None:
        ink, bottom = self.theme.ink, self.area.bottom
        if turn:
            at = (middle, bottom + 0.6 * face.size)
            self.canvas.turned_text(at, category, face, ink, degrees=turn, align=1.0, also=also)
        else:
            at = (middle, bottom + 0.95 * face.size)
            self.canvas.text(at, category, face, ink, align=0.5, also=also)

    def _draw_group(self, category: int, left: float, width: float) -> None:
        thickness = width / len(self.facts.series)
        for series, values in enumerate(self.facts.values):
            length = self.area.height * self.scale.part(values[category])
            x, y = left + thickness * series, self.area.bottom - length
            self._fill((x, y, x + thickness, self.area.bottom), series, category)
            end = (x + thickness / 2, y)
            self._mark_end(end, category)
            if self.facts.has_values:
                self._write_above(end, length, category)

    def _write_above(self, end: tuple[float, float], length: float, category: int) -> None:
        """The value in the bar or, where that is too short, above it."""
        face, text = self.face, self.facts.value_texts[category]
        x, y = end
        depth = {"inside": 0.8 * face.size, "middle": length / 2, "foot": length - 0.8 * face.size}
        down = depth.get(self.style.value_place, 0)
        slot = self.area.width / len(self.facts.categories)
        fits = length > 1.8 * face.size and face.width(text) < slot * self.style.part
        if down and fits and self.style.fill == "plain":
            self.canvas.text((x, y + down), text, face, self._ink_in(category), align=0.5)
        elif self.style.has_error_bars:
            self.canvas.text((x, y - 1.2 * face.size), text, face, self.theme.ink, align=0.5)
        else:
            self.canvas.text((x, y - 0.6 * face.size), text, face, self.theme.ink, align=0.5)

    def draw_lying(self) -> None:
        area, face, facts = self.area, self.face, self.facts
        lettering = self._lettering_of_names(area.width * 0.35)
        area.left += max(map(lettering.width, facts.categories)) + 0.7 * face.size
        area.bottom -= 1.7 * face.size
        area.right -= max(map(face.width, facts.value_texts)) if facts.has_values else face.size
        draw_across_scale(self.canvas, self.theme, face, area, self.scale)
        slot = area.height / len(facts.categories)
        for index, category in enumerate(facts.categories):
            middle = area.top + slot * (index + 0.5)
            at = (area.left - 0.6 * face.size, middle)
            also = self.ranks[index]
            self.canvas.text(at, category, lettering, self.theme.ink, align=1.0, also=also)
            length = area.width * self.scale.part(facts.values[0][index])
            half = slot * self.style.part / 2
            self._fill((area.left, middle - half, area.left + length, middle + half), 0, index)
            self._mark_end((area.left + length, middle), index)
            if facts.has_values:
                self._write_beside((area.left + length, middle), length, index)

    def _write_beside(self, end: tuple[float, float], length: float, category: int) -> None:
        face, text = self.face, self.facts.value_texts[category]
        x, y = end
        width = face.width(text)
        is_inside = self.style.value_place != "beyond" and self.style.fill == "plain"
        thickness = self.area.height / len(self.facts.categories) * self.style.part
        if is_inside and length > width + face.size and thickness > 1.1 * face.size:
            at = (x - width - 0.4 * face.size, y)
            self.canvas.text(at, text, face, self._ink_in(category))
        else:
            gap = (0.9 if self.style.has_error_bars else 0.3) * face.size
            self.canvas.text((x + gap, y), text, face, self.theme.ink)

    def _mark_end(self, end: tuple[float, float], category: int) -> None:
        if self.style.has_error_bars:
            is_lying = self.facts.is_lying
            paint_error_bar(self.canvas, self.theme.ink, end, is_lying=is_lying)
        self.canvas.label(end, "mark bar end")
        for rank in self.ranks[category]:
            self.canvas.label(end, rank)

    def _fill(self, box: Box, series: int, category: int) -> None:
        index = category if self.facts.is_colourful else series
        is_lying = self.facts.is_lying
        paint_bar(self.canvas, self.style, box, self.shades[index], is_lying=is_lying)
        classes = ["mark bar", *self.ranks[category]]
        if self.style.fill != "outlined":
            classes.append(f"colour {self.facts.colours[index]}")
        self.canvas.label_box(box, classes)

    def _ink_in(self, category: int) -> RGB:
        return colours.ink_on(self.shades[category if self.facts.is_colourful else 0])


def _ranks(facts: BarFacts) -> list[tuple[str, ...]]:
    """The classes of each category's bar and name; groups of bars have none."""
    if len(facts.series) > 1:
        return [()] * len(facts.categories)
    ordered = facts.ranked
    class_by_name = {ordered[1]: "rank second", ordered[0]: "rank highest"}
    class_by_name[ordered[-1]] = "rank lowest"
    return [(class_by_name[name],) if name in class_by_name else () for name in facts.categories]
