"""Generations in which one field has a value at a limit of its type, and mutated bytes of them."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message as ProtoMessage
from nemotron_vl.v1 import content_pb2, inference_pb2

from tests.e2e.support.images import image_file

_INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), -1, 0, 1, 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), -1, 0, 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_FLOATS = (math.nan, math.inf, -math.inf, -1.0, 0.0, 1e-38, 3e38)
_TEXTS = ("", " ", "\0", "\x1b[31m\u2028", "x" * 10_000, "{" * 10_000, "\U0010ffff" * 1000)
_BYTES = (b"", b"\0", b"x" * 10_000)
# A number that no enum has, and the one that says nothing.
_ENUMS = (0, 99, -1, 2**31 - 1)
_MANY = 5000
_IMAGE = image_file(1, (8, 8))
# Of the good generation's messages and parts, all are walked.
_NUM_WALKED = {"messages": 3, "messages[0].parts": 3}

_Find = Callable[[ProtoMessage], Any]
_Change = Callable[[ProtoMessage], None]


def good_generation() -> inference_pb2.Generation:
    """A question about an image and a video, a call of a tool, its result, and options."""
    return inference_pb2.Generation(
        messages=[
            content_pb2.Message(
                role=content_pb2.ROLE_USER,
                parts=[
                    content_pb2.Part(text="What is this?"),
                    content_pb2.Part(image=content_pb2.Image(data=_IMAGE)),
                    content_pb2.Part(
                        video=content_pb2.Video(
                            frames=content_pb2.Frames(frames=[content_pb2.Frame(data=_IMAGE)] * 2)
                        )
                    ),
                ],
            ),
            content_pb2.Message(
                role=content_pb2.ROLE_ASSISTANT,
                tool_calls=[content_pb2.ToolCall(id="1", name="f", arguments="{}")],
            ),
            content_pb2.Message(
                role=content_pb2.ROLE_TOOL,
                parts=[content_pb2.Part(text="result")],
                tool_call_id="1",
            ),
        ],
        sampling=inference_pb2.Sampling(
            max_tokens=1, stop=["a"], stop_token_ids=[1], logit_bias={1: 1.0}
        ),
        tools=[content_pb2.Tool(name="f", parameters_json_schema='{"type": "object"}')],
        tool_choice=inference_pb2.ToolChoice(mode=inference_pb2.TOOL_CHOICE_MODE_AUTO),
    )


def generations_at_limits() -> Iterator[tuple[str, inference_pb2.Generation]]:
    """The path of the changed field, and the generation. Some of these are good."""
    for path, change in _walk(
        inference_pb2.Generation.DESCRIPTOR, "", lambda generation: generation
    ):
        generation = good_generation()
        change(generation)
        yield path, generation


def mutated_bytes(dice: random.Random) -> Iterator[bytes]:
    """Encoded generations that are cut, or have bytes changed, taken out or put in."""
    good = good_generation().SerializeToString()
    while True:
        data = bytearray(good)
        start = dice.randrange(len(data))
        end = start + dice.choice((0, 1, 1, 1, 4, len(data)))
        data[start:end] = dice.randbytes(dice.choice((0, 1, 1, 1, 5)))
        yield bytes(data)


def _walk(kind: Descriptor, path: str, at: _Find) -> Iterator[tuple[str, _Change]]:
    """Every field below a message, by path, and each change of it. `at` finds the message."""
    for field in kind.fields:
        name, here = field.name, f"{path}.{field.name}".lstrip(".")
        if field.message_type and field.message_type.GetOptions().map_entry:
            yield from _map_changes(here, name, at)
        elif field.message_type and field.is_repeated:
            yield here, _repeats(name, at)
            for index in range(_NUM_WALKED.get(here, 1)):
                yield from _walk(field.message_type, f"{here}[{index}]", _item(name, index, at))
        elif field.message_type:
            yield here, _empties(name, at)
            yield from _walk(field.message_type, here, _child(name, at))
        else:
            for value in _values(field):
                yield here, _sets(name, value, at, is_repeated=field.is_repeated)


def _values(field: FieldDescriptor) -> Sequence[Any]:
    if field.cpp_type in _INTEGERS:
        return _INTEGERS[field.cpp_type]
    return {
        FieldDescriptor.CPPTYPE_BOOL: (False, True),
        FieldDescriptor.CPPTYPE_ENUM: _ENUMS,
        FieldDescriptor.CPPTYPE_FLOAT: _FLOATS,
        FieldDescriptor.CPPTYPE_DOUBLE: _FLOATS,
        FieldDescriptor.CPPTYPE_STRING: _BYTES if field.type == field.TYPE_BYTES else _TEXTS,
    }[field.cpp_type]


def _child(name: str, at: _Find) -> _Find:
    def find(generation: ProtoMessage) -> Any:
        child = getattr(at(generation), name)
        child.SetInParent()
        return child

    return find


def _item(name: str, index: int, at: _Find) -> _Find:
    def find(generation: ProtoMessage) -> Any:
        items = getattr(at(generation), name)
        while len(items) <= index:
            items.add()
        return items[index]

    return find


def _sets(name: str, value: Any, at: _Find, *, is_repeated: bool) -> _Change:
    def change(generation: ProtoMessage) -> None:
        holder = at(generation)
        if is_repeated:
            getattr(holder, name).append(value)
        else:
            setattr(holder, name, value)

    return change


def _repeats(name: str, at: _Find) -> _Change:
    def change(generation: ProtoMessage) -> None:
        items = getattr(at(generation), name)
        for _ in range(_MANY):
            items.add()

    return change


def _empties(name: str, at: _Find) -> _Change:
    def change(generation: ProtoMessage) -> None:
        holder = at(generation)
        holder.ClearField(name)
        getattr(holder, name).SetInParent()

    return change


def _map_changes(path: str, name: str, at: _Find) -> Iterator[tuple[str, _Change]]:
    def changes(key: int, value: float) -> _Change:
        def change(generation: ProtoMessage) -> None:
            getattr(at(generation), name)[key] = value

        return change

    for key in (-1, 2**31 - 1):
        yield path, changes(key, 1.0)
    for value in _FLOATS:
        yield path, changes(1, value)
