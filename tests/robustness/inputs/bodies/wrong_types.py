"""Each field of the body with values of every JSON type that it does not take."""

import re
from collections.abc import Iterator
from itertools import chain

from http_gateway.chat.unsupported import NEUTRAL_BY_PARAM
from tests.robustness.inputs.answers import Case
from tests.robustness.inputs.bodies.fields import Field, all_fields
from tests.robustness.inputs.bodies.samples import EVERYTHING, TEXT
from tests.robustness.inputs.bodies.values import Raw, changed, param, path_of, without

_VALUES: dict[str, tuple[object, ...]] = {
    "null": (None,),
    "boolean": (True,),
    "integer": (7,),
    "number": (1.5,),
    "string": ("x", "", "7", "true", "null"),
    "array": ([7], [[[]]], [{}]),
    "object": ({"x": 7}, {"x": {"x": []}}),
}

# Forms that docs/http.md permits beside those of the models, and forms that other models share.
_LENIENT = {
    "stop": {"string"},
    "messages[].tool_calls[].function.arguments": {"object"},
    "messages[].function_call.arguments": {"object"},
    # A URL, whose own faults are judged later.
    "messages[].content[].image_url": {"string"},
    "messages[].content[].image": {"string"},
    "messages[].content[].video_url": {"string"},
}


def wrong_types() -> Iterator[Case]:
    """One case for each field and each value of a wrong type."""
    for field in all_fields(EVERYTHING):
        for value in _wrong(field):
            yield _case(field, value)


def missing() -> Iterator[Case]:
    """One case for each field that must be there."""
    for field in all_fields(EVERYTHING):
        if field.is_required and isinstance(field.path[-1], str):
            name = param(field.path)
            # A part without its media is a part of no kind, or of another.
            params = (name, param(field.path[:-1]) or name)
            yield Case(name=f"no {name}", body=without(EVERYTHING, field.path), params=params)


def wrong_words() -> Iterator[Case]:
    """One case for each field of a few words and each other word."""
    for field in all_fields(EVERYTHING):
        for word in field.words and (*map(str.upper, field.words), *_STRANGE):
            yield _case(field, word)
    for word in ("TEXT", "smell", 7, True, [], {}, *_STRANGE):
        path = ("messages", 1, "content", 1, "type")
        body = changed(EVERYTHING, path, word)
        yield Case(name=f"{param(path)} = {word!r}", body=body, params=(param(path[:-1]),))


# Words that no field has.
_STRANGE = ("", " ", "x", "\0", "x\n", "\u202e", "x" * 10_000, "__class__", "{{x}}")


def unsupported() -> Iterator[Case]:
    """Each field that is known and not supported, with what is not its neutral value."""
    for name, neutral in NEUTRAL_BY_PARAM.items():
        texts = {_text(value) for value in neutral}
        for value in (*chain(*_VALUES.values()), *_ALMOST_NEUTRAL):
            if value is not None and _text(value) not in texts:
                body = changed(TEXT, path_of(name), value)
                yield Case(name=f"{name} = {_text(value)}", body=body, params=(name,))


# Equal to a neutral value in Python, and another value in JSON.
_ALMOST_NEUTRAL = (False, 1, 0, -2, Raw("1.0000000000000002"), ["TEXT"], [0], [[]])


def _text(value: object) -> str:
    return value.text if isinstance(value, Raw) else repr(value)


def _wrong(field: Field) -> Iterator[object]:
    taken = set(field.types) | _LENIENT.get(re.sub(r"\[\d+\]", "[]", param(field.path)), set())
    if "number" in taken:
        taken.add("integer")
    if not field.is_required:
        taken.add("null")
    for kind, values in _VALUES.items():
        if kind not in taken:
            yield from values


def _case(field: Field, value: object) -> Case:
    name = param(field.path)
    return Case(
        name=f"{name} = {str(value)[:40]!r}",
        body=changed(EVERYTHING, field.path, value),
        params=(name,),
    )
