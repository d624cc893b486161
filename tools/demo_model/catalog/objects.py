"""The everyday things in the pictures: their names and the code points of their emoji."""

from dataclasses import dataclass

from tools.demo_model.tables import table


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing with a picture in every emoji set, named by its hexadecimal code point."""

    name: str
    code: str
    plural: str


# The plural is given where it is not just an s.
THINGS = tuple(Thing(name, *(*row, f"{name}s")[:2]) for name, row in table("things").items())
