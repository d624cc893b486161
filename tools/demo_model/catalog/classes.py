"""The classes that the auxiliary head learns to see in a patch."""

import string

from tools.demo_model.catalog.colors import COLORS
from tools.demo_model.catalog.objects import THINGS
from tools.demo_model.tables import table

_DATA = table("classes")
CHARACTERS = tuple(string.digits + string.ascii_letters + string.punctuation)
FORMS = tuple(_DATA["forms"])
MAX_COUNTED = 9

CLASSES = (
    *(f"character {character}" for character in CHARACTERS),
    *(f"form {form}" for form in FORMS),
    *(f"thing {thing.name}" for thing in THINGS),
    *(f"color {color}" for color in COLORS),
    *(f"mark {mark}" for mark in _DATA["marks"]),
    *(f"rank {rank}" for rank in _DATA["ranks"]),
    *(f"{group} of {count}" for group in _DATA["groups"] for count in range(1, MAX_COUNTED + 1)),
)
ID_BY_CLASS = {name: index for index, name in enumerate(CLASSES)}
