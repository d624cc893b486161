"""The pieces of a JSON value, in reading order."""

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """A string comes in any number of TEXT pieces; a KEY and a SCALAR come whole."""

    OPEN_OBJECT = auto()
    CLOSE_OBJECT = auto()
    OPEN_ARRAY = auto()
    CLOSE_ARRAY = auto()
    KEY = auto()
    OPEN_TEXT = auto()
    TEXT = auto()
    CLOSE_TEXT = auto()
    SCALAR = auto()


@dataclass(frozen=True, slots=True)
class Event:
    """`text` is decoded for KEY and TEXT, and valid JSON for SCALAR."""

    kind: Kind
    text: str = ""


OPENINGS = frozenset({Kind.OPEN_OBJECT, Kind.OPEN_ARRAY, Kind.OPEN_TEXT})
CLOSINGS = frozenset({Kind.CLOSE_OBJECT, Kind.CLOSE_ARRAY, Kind.CLOSE_TEXT})
