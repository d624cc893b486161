"""Each field of a generation at and beyond its limits, and without what it needs."""

import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from nemotron_vl.v1 import inference_pb2 as pb

from tests.robustness.inputs.protos.calls import Case
from tests.robustness.inputs.protos.sample import good_generation

_INT32 = 2**31 - 1
_INF = float("inf")
_MAX_FLOAT = 3.4028234663852886e38

_INTS = (-(2**31), -2, -1, 0, 1, 2, 12, 13, 20, 21, 32, 33, 128, 129, 131_071, 131_072, _INT32)
_FLOATS = (float("nan"), _INF, -_INF, -_MAX_FLOAT, -100.1, -2.1, -1.0, -1e-45, -0.0, 0.0, 1e-45,
           0.5, 1.0, 1.1, 2.1, 99.0, 100.1, _MAX_FLOAT)  # fmt: skip
_VALUES: dict[int, tuple[Any, ...]] = {
    FieldDescriptor.TYPE_INT32: _INTS,
    FieldDescriptor.TYPE_INT64: (*_INTS, -(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_FLOAT: _FLOATS,
    FieldDescriptor.TYPE_DOUBLE: (*_FLOATS, 1e308, 5e-324),
    FieldDescriptor.TYPE_BOOL: (True, False),
    FieldDescriptor.TYPE_ENUM: (-(2**31), -1, 0, 3, 4, 5, 99, _INT32),
    FieldDescriptor.TYPE_STRING: ("", " ", "\0", "\n", "\x1b[0m", "\u2028", "{", "x" * 3000),
    FieldDescriptor.TYPE_BYTES: (b"", b"\0", b"x" * 100, b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"),
}

# Closed ranges of numbers, by the comments of the contract. Any other value may pass.
_RANGES: dict[str, tuple[float, float]] = {
    "sampling.max_tokens": (1, _INT32),
    "sampling.min_tokens": (0, 2),
    "sampling.temperature": (0, 100),
    "sampling.top_p": (0, 1),
    "sampling.top_k": (-1, _INT32),
    "sampling.min_p": (0, 1),
    "sampling.frequency_penalty": (-2, 2),
    "sampling.presence_penalty": (-2, 2),
    "sampling.repetition_penalty": (1e-45, 100),
    "sampling.top_logprobs": (0, 20),
    "sampling.stop_token_ids[]": (0, 131_071),
    "sampling.logit_bias[]": (-100, 100),
    "num_choices": (1, 32),
    "messages[].role": (1, 4),
    "messages[].parts[].image.max_tiles": (1, 12),
    "messages[].parts[].video.fps": (1 / 86400, 1.7e308),
    "messages[].parts[].video.pruning_rate": (0, 0.9999999999999999),
    "messages[].parts[].video.frames.frames[].time.seconds": (0, 366 * 86400),
    "messages[].parts[].video.frames.frames[].time.nanos": (0, 999_999_999),
    "tool_choice.mode": (0, 2),
}
# Only some texts are right; the first of each is not.
_TEXTS: dict[str, re.Pattern[str]] = {
    "model": re.compile(r"\s*"),
    "cache_salt": re.compile(r".{0,256}", re.DOTALL),
    "sampling.stop[]": re.compile(r".{1,1024}", re.DOTALL),
    "tools[].name": re.compile(r"[\w-]{1,64}", re.ASCII),
    "tools[].parameters_json_schema": re.compile(r"(?!)"),
    "messages[].tool_calls[].name": re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]+"),
}
_NO_FILE = re.compile(r"messages\[\]\.parts\[\]\.(image|video\.frames\.frames\[\])\.data")


def wrong_values() -> Iterator[Case]:
    """One case for each scalar of the sample and each value of its type."""
    for path, place, field in _scalars((), good_generation()):
        for value in _VALUES[field.type]:
            generation = good_generation()
            _set(_at(generation, place), field, path[-1], value)
            yield _case(_name(path), value, generation)


def without() -> Iterator[Case]:
    """The sample without one field, list or message, which it may need."""
    for path, place, field in _fields((), good_generation()):
        generation = good_generation()
        _at(generation, place).ClearField(field.name)
        yield Case(
            name=f"no {_name(path)}",
            generation=generation,
            fields=("messages", "sampling", "tools", "tool_choice"),
            may_pass=True,
        )


def _scalars(path: tuple[Any, ...], message: Message) -> Iterator[Any]:
    for inner, place, field in _fields(path, message):
        if field.message_type is None:
            yield inner, place, field
        elif field.message_type.GetOptions().map_entry:
            yield inner, place, field.message_type.fields_by_name["value"]


def _fields(path: tuple[Any, ...], message: Message) -> Iterator[Any]:
    """The path of each field that is set, the path of its message, and its descriptor."""
    for field, value in message.ListFields():
        here = (*path, field.name)
        is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
        if is_map:
            yield (*here, next(iter(value))), path, field
        elif field.is_repeated:
            for index, one in enumerate(value):
                yield (*here, index), path, field
                if field.message_type is not None:
                    yield from _fields((*here, index), one)
        else:
            yield here, path, field
            if field.message_type is not None:
                yield from _fields(here, value)


def _at(message: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        message = message[step] if isinstance(step, int) else getattr(message, step)
    return message


def _set(message: Any, field: FieldDescriptor, last: str | int, value: Any) -> None:
    holder = field.containing_type
    if holder is not None and holder.GetOptions().map_entry:
        message.logit_bias[last] = value
    elif field.is_repeated:
        getattr(message, field.name)[last] = value
    else:
        setattr(message, field.name, value)


def _name(path: tuple[Any, ...]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def _case(name: str, value: Any, generation: pb.Generation) -> Case:
    pattern = re.sub(r"\[\d+\]", "[]", name)
    is_in_bytes = bool(_NO_FILE.fullmatch(pattern))
    if pattern in _RANGES:
        low, high = _RANGES[pattern]
        is_right = low <= value <= high
    elif pattern in _TEXTS:
        is_right = bool(_TEXTS[pattern].fullmatch(value))
    else:
        is_right = not is_in_bytes
    return Case(
        name=f"{name} = {value!r:.40}",
        generation=generation,
        fields=_judged(name),
        may_pass=is_right,
        is_in_bytes=is_in_bytes,
    )


def _judged(name: str) -> tuple[str, ...]:
    """The fields that may be named: the field, or what its value is judged with."""
    if match := re.match(r"(.*\.time)\.(seconds|nanos)$", name):
        before, index = re.fullmatch(r"(.*\[)(\d+)\]\.time", match[1]).groups()  # pyright: ignore[reportOptionalMemberAccess]
        return match[1], f"{before}{int(index) + 1}].time"
    if match := re.match(r"(messages\[\d+\])\.role$", name):
        # Another role may not have what the message has, or may not stand there.
        return (match[1],)
    if name.startswith(("sampling.logit_bias", "sampling.stop_token_ids")):
        return (name.partition("[")[0],)
    if name in ("sampling.max_tokens", "sampling.min_tokens"):
        return name, "sampling.min_tokens"
    if name.startswith("messages") and name.endswith(".text"):
        return (name, "messages")
    return (name,)
