import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.demo_model import tables
from tools.demo_model.tables import table

_FOLDER = Path(tables.__file__).parent / "data"
_NAMES = sorted(
    str(path.relative_to(_FOLDER).with_suffix("")) for path in (_FOLDER / "talk").rglob("*.toml")
)


@pytest.mark.parametrize("name", _NAMES)
def test_wordings_are_format_strings_of_plain_names(name: str) -> None:
    for text in _texts(table(name)):
        if text.startswith('{"'):
            continue  # What a tool returns, as JSON.
        for _, field, form, conversion in string.Formatter().parse(text):
            assert field is None or field == "" or field.isidentifier() or field.isdigit(), text
            assert (form or "", conversion) == ("", None), text


@pytest.mark.parametrize("name", _NAMES)
def test_what_has_an_answer_has_a_skill_and_what_is_expected(name: str) -> None:
    needed = {"skill", "answer", "expected"}
    for entry in table(name).values():
        if isinstance(entry, dict) and "answer" in entry:
            assert needed <= entry.keys() <= needed | {"questions", "thought"}
            assert entry.get("questions") != []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
