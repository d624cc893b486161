"""The fonts that text is drawn with, where they come from, and under which license."""

from dataclasses import dataclass

from tools.demo_model.tables import table


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font family of a Debian package: the file names of its regular and its bold cut."""

    family: str
    package: str
    regular: str
    bold: str
    license: str


TRAINING, HELD_OUT = (
    tuple(Typeface(family, f"fonts-{package}", *rest) for family, package, *rest in rows)
    for rows in table("typefaces").values()
)
