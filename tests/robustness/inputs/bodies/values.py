"""Bodies of JSON that differ from a good one in one place, and values that no library writes."""

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Path = tuple[str | int, ...]

# No text of any sample.
_HOLE = "<hole>"


@dataclass(frozen=True, slots=True)
class Raw:
    """A value as it stands in the JSON text."""

    text: str


def changed(body: Any, path: Path, value: object) -> bytes:
    """The JSON text with another value at a place, which may be new."""
    holed = _with(body, path, _HOLE)
    text = value.text if isinstance(value, Raw) else json.dumps(value)
    return json.dumps(holed).replace(f'"{_HOLE}"', text).encode()


def without(body: Any, path: Path) -> bytes:
    """The JSON text without this key."""
    copied = json.loads(json.dumps(body))
    del _at(copied, path[:-1])[path[-1]]
    return json.dumps(copied).encode()


def param(path: Path) -> str:
    """The path as errors write it."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def path_of(name: str) -> Path:
    """The path of a name such as `messages[0].role`."""
    steps = name.replace("[", ".[").split(".")
    return tuple(int(step[1:-1]) if step.startswith("[") else step for step in steps)


def _with(body: Any, path: Path, value: object) -> Any:
    copied = json.loads(json.dumps(body))
    node: Any = copied
    for step, following in pairwise(path):
        if isinstance(node, dict):
            node = node.setdefault(step, [] if isinstance(following, int) else {})
        else:
            node = node[step]
    last: Any = path[-1]
    if isinstance(node, list) and last == len(node):
        node.append(value)
    else:
        node[last] = value
    return copied


def _at(body: Any, path: Path) -> Any:
    for step in path:
        body = body[step]
    return body
