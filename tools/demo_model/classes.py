"""The classes that the auxiliary head learns to see in a patch."""

import string

from tools.demo_model.colours import COLOURS
from tools.demo_model.objects import THINGS

CHARACTERS = tuple(string.digits + string.ascii_letters + string.punctuation)
FORMS = (
    "circle",
    "square",
    "rectangle",
    "triangle",
    "star",
    "diamond",
    "pentagon",
    "hexagon",
    "heart",
    "cross",
)
# Parts of charts, tables and diagrams.
MARKS = ("bar", "bar end", "line", "slice", "point", "cell", "box", "arrow head", "middle")
# How a bar or a slice compares with the others; its name bears the same class.
RANKS = ("highest", "second", "lowest")
# How many things of a scene are like this one: of its name, of its colour, at all.
GROUPS = ("name", "colour", "scene")
MAX_COUNTED = 9

CLASSES = (
    *(f"character {character}" for character in CHARACTERS),
    *(f"form {form}" for form in FORMS),
    *(f"thing {thing.name}" for thing in THINGS),
    *(f"colour {colour}" for colour in COLOURS),
    *(f"mark {mark}" for mark in MARKS),
    *(f"rank {rank}" for rank in RANKS),
    *(f"{group} of {count}" for group in GROUPS for count in range(1, MAX_COUNTED + 1)),
)
ID_BY_CLASS = {name: index for index, name in enumerate(CLASSES)}
ID_BY_CHARACTER = {character: index for index, character in enumerate(CHARACTERS)}
