"""Which parameter of the JSON body a field of the message was made from.

While a request is built, this only notes where its messages and parts come from. Paths are made
when the server names a field, which it does only in errors.
"""

import re
from collections.abc import Mapping, Sequence

_INDEX = re.compile(r"\[([^\]]*)\]")
_LAST_STEP = re.compile(r"(\.[^.\[\]]+|\[\])$")

# A message of the body, and the part of its content, or None where the content is one string.
Origin = tuple[int, int | None]


class ParamMap:
    """Filled while a request is built, read when the server names a field.

    The table is the dialect's. In its fields and parameters `[]` stands for an index. An index of
    `messages` or `parts` becomes that of its origin, any other stays the same. `{key}` stands for
    what the caller calls the media of a part.
    """

    def __init__(self, param_by_field: Mapping[str, str]) -> None:
        self._param_by_field = param_by_field
        self._chosen: dict[str, str] = {}
        self._messages: list[int] = []
        self._parts: list[list[Origin]] = []
        self._keys: list[list[str]] = []

    def add_message(self, index: int) -> None:
        """Notes that the next message comes from the one with this index in the body."""
        self._messages.append(index)
        self._parts.append([])
        self._keys.append([])

    def add_part(self, origin: Origin, *, key: str = "") -> None:
        """Notes where the next part of the latest message comes from, and its media's key."""
        self._parts[-1].append(origin)
        self._keys[-1].append(key)

    def choose(self, field: str, param: str) -> None:
        """Notes which parameter gave a field that several can give.

        The field has its indices for one place alone, or `[]` for all.
        """
        self._chosen[field] = param

    def param(self, field: str) -> str | None:
        """The parameter behind a field, or behind the nearest thing around it."""
        if field in self._chosen:
            return self._chosen[field]
        indices = _INDEX.findall(field)
        pattern = _INDEX.sub("[]", field)
        while True:
            template = self._chosen.get(pattern) or self._param_by_field.get(pattern)
            origins = self._origins(pattern, indices)
            if template is not None and origins is not None:
                return _filled(self._with_key(template, indices), origins)
            shorter = _LAST_STEP.sub("", pattern)
            if shorter == pattern:
                return None
            pattern = shorter

    def _with_key(self, template: str, indices: Sequence[str]) -> str:
        if "{key}" not in template:
            return template
        return template.replace("{key}", self._keys[int(indices[0])][int(indices[1])])

    def _origins(self, pattern: str, indices: Sequence[str]) -> list[str | None] | None:
        """The indices of the parameter, each None for one to leave out.

        None in place of the list if no such message or part was written.
        """
        if not pattern.startswith("messages[]"):
            return list(indices)
        try:
            message = int(indices[0])
            if not pattern.startswith("messages[].parts[]"):
                return [str(self._messages[message]), *indices[1:]]
            index, number = self._parts[message][int(indices[1])]
        except (IndexError, ValueError):
            return None
        return [str(index), None if number is None else str(number), *indices[2:]]


def _filled(template: str, indices: Sequence[str | None]) -> str:
    steps = iter("" if index is None else f"[{index}]" for index in indices)
    return re.sub(r"\[\]", lambda _: next(steps), template)
