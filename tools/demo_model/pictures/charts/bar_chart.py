"""Bar charts: upright or lying, one bar a category or a group of them."""

from random import Random

from tools.demo_model.catalog import colors
from tools.demo_model.catalog.colors import RGB
from tools.demo_model.pictures.charts.bar_facts import BarFacts, choose_facts
from tools.demo_model.pictures.charts.bar_style import (
    BarStyle,
    choose_style,
    paint_bar,
    paint_error_bar,
)
from tools.demo_model.pictures.charts.legend import draw_axis_names, draw_legend
from tools.demo_model.pictures.charts.scale import (
    Scale,
    draw_across_scale,
    draw_up_scale,
    scale_for,
)
from tools.demo_model.pictures.drawing.box import Box, Point
from tools.demo_model.pictures.drawing.lettering import Lettering, fitting
from tools.demo_model.pictures.drawing.page import Page
from tools.demo_model.pictures.drawing.picture import Picture
from tools.demo_model.pictures.drawing.theme import choose_theme
from tools.demo_model.pictures.drawing.title import lay_out


def draw_bar_chart(rng: Random, *, is_held_out: bool) -> Picture[BarFacts]:
    theme = choose_theme(rng, is_held_out=is_held_out)
    facts, style = choose_facts(rng, theme), choose_style(rng, theme)
    page = Page(rng, theme)
    shades = [colors.shade_on(rng, name, theme.ground) for name in facts.colors]
    lay_out(page, facts.title, is_chart=True)
    if len(facts.series) > 1:
        place = rng.choice(("bottom",) if is_held_out else ("top", "right"))
        draw_legend(page, facts.series, shades, place=place)
    draw_axis_names(page, facts.axis_names)
    scale = scale_for(rng, max(map(max, facts.values)), start=facts.floor)
    bars = _Bars(page, scale, facts, style, shades)
    if facts.is_lying:
        bars.draw_lying()
    else:
        bars.draw_upright()
    return page.finish(facts)


class _Bars:
    """The plot itself, once everything around it has its place."""

    def __init__(
        self, page: Page, scale: Scale, facts: BarFacts, style: BarStyle, shades: list[RGB]
    ) -> None:
        self.page, self.area, self.face = page, page.area, page.face
        self.scale, self.facts, self.style, self.shades = scale, facts, style, shades
        self.ranks = _ranks(facts)

    def draw_upright(self) -> None:
        page, area, width = self.page, self.area, self.style.part
        face, turn = self._leave_room_below()
        draw_up_scale(page, self.scale)
        drop, align = (0.6, 1.0) if turn else (0.95, 0.5)
        slot = area.width / len(self.facts.categories)
        for index, name in enumerate(self.facts.categories):
            middle = area.left + slot * (index + 0.5)
            at, also = (middle, area.bottom + drop * face.size), self.ranks[index]
            page.text(at, name, face=face, align=align, degrees=turn, also=also)
            self._draw_group(index, middle - slot * width / 2, slot * width)

    def _leave_room_below(self) -> tuple[Lettering, int]:
        """For the names of the categories: their letters, and by how many degrees they turn."""
        area, face, names = self.area, self.face, self.facts.categories
        widest, turn = max(map(face.width, names)), self.style.label_turn
        # The ticks take some width later; what the slots are then is known well enough here.
        if not turn and widest > area.width * 0.88 / len(names) * 0.95:
            turn = self.page.rng.choice((90, 90, 45))
        if not turn:
            area.bottom -= 1.6 * face.size
            return face, turn
        face = self._lettering_of_names(area.height * 0.45)
        widest = max(map(face.width, names))
        if turn == 90:
            area.bottom -= widest + 0.8 * face.size
        else:
            area.bottom -= 0.75 * widest + 1.3 * face.size
            area.left += 0.3 * widest
        return face, turn

    def _lettering_of_names(self, room: float) -> Lettering:
        """Smaller than the rest where long names would leave too little for the bars."""
        face = self.face
        longest = max(self.facts.categories, key=face.width)
        return fitting(face.cut, longest, size=face.size, width=room, smallest=6)

    def _draw_group(self, category: int, left: float, width: float) -> None:
        thickness = width / len(self.facts.series)
        for series, values in enumerate(self.facts.values):
            length = self.area.height * self.scale.part(values[category])
            x, y = left + thickness * series, self.area.bottom - length
            end = (x + thickness / 2, y)
            self._fill(Box(x, y, x + thickness, self.area.bottom), end, series, category)
            if self.facts.has_values:
                self._write_above(end, length, width, category)

    def _write_above(self, end: Point, length: float, width: float, category: int) -> None:
        """The value in the bar or, where that is too short, above it."""
        size, text, (x, y) = self.face.size, self.facts.value_texts[category], end
        depths = {"inside": 0.8 * size, "middle": length / 2, "foot": length - 0.8 * size}
        down = depths.get(self.style.value_place, 0)
        fits = length > 1.8 * size and self.face.width(text) < width
        if down and fits and self.style.fill == "plain":
            self.page.text((x, y + down), text, ink=self._ink_in(category), align=0.5)
        else:
            gap = 1.2 if self.style.has_error_bars else 0.6
            self.page.text((x, y - gap * size), text, align=0.5)

    def draw_lying(self) -> None:
        page, area, face, facts = self.page, self.area, self.face, self.facts
        name_face = self._lettering_of_names(area.width * 0.35)
        area.left += max(map(name_face.width, facts.categories)) + 0.7 * face.size
        area.bottom -= 1.7 * face.size
        area.right -= max(map(face.width, facts.value_texts)) if facts.has_values else face.size
        draw_across_scale(page, self.scale)
        slot = area.height / len(facts.categories)
        thickness = slot * self.style.part
        for index, name in enumerate(facts.categories):
            middle = area.top + slot * (index + 0.5)
            at = (area.left - 0.6 * face.size, middle)
            page.text(at, name, face=name_face, align=1.0, also=self.ranks[index])
            length = area.width * self.scale.part(facts.values[0][index])
            end, half = (area.left + length, middle), thickness / 2
            self._fill(Box(area.left, middle - half, end[0], middle + half), end, 0, index)
            if facts.has_values:
                self._write_beside(end, length, thickness, index)

    def _write_beside(self, end: Point, length: float, thickness: float, category: int) -> None:
        size, text, (x, y) = self.face.size, self.facts.value_texts[category], end
        width = self.face.width(text)
        is_inside = self.style.value_place != "beyond" and self.style.fill == "plain"
        if is_inside and length > width + size and thickness > 1.1 * size:
            self.page.text((x - width - 0.4 * size, y), text, ink=self._ink_in(category))
        else:
            gap = 0.9 if self.style.has_error_bars else 0.3
            self.page.text((x + gap * size, y), text)

    def _fill(self, box: Box, end: Point, series: int, category: int) -> None:
        """Paints a bar and marks its end."""
        facts, canvas, ranks = self.facts, self.page.canvas, self.ranks[category]
        index = category if facts.is_colorful else series
        paint_bar(canvas, self.style, box, self.shades[index], is_lying=facts.is_lying)
        is_filled = self.style.fill != "outlined"
        filled = (f"color {facts.colors[index]}",) if is_filled else ()
        canvas.label_box(box, "mark bar", *ranks, *filled)
        if self.style.has_error_bars:
            paint_error_bar(canvas, self.page.theme.ink, end, is_lying=facts.is_lying)
        canvas.label(end, "mark bar end", *ranks)

    def _ink_in(self, category: int) -> RGB:
        return colors.ink_on(self.shades[category if self.facts.is_colorful else 0])


def _ranks(facts: BarFacts) -> list[tuple[str, ...]]:
    """The classes of each category's bar and name; groups of bars have none."""
    if len(facts.series) > 1:
        return [()] * len(facts.categories)
    ranked = facts.ranked
    classes = {ranked[1]: ("rank second",), ranked[0]: ("rank highest",)}
    classes[ranked[-1]] = ("rank lowest",)
    return [classes.get(name, ()) for name in facts.categories]
