from collections.abc import Sequence

import pytest
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given
from hypothesis import strategies as st
from nemotron_vl.v1.content_pb2 import Image, Message, Part, Tool, ToolCall
from nemotron_vl.v1.inference_pb2 import GenerateRequest, Generation, Sampling

from inference_server.rpc.admission.encoded_fields import has_more_fields

KIND = GenerateRequest.DESCRIPTOR


def num_fields(message: object) -> int:
    """By the library's own list of the fields that are set."""
    count = 0
    for field, value in message.ListFields():  # pyright: ignore[reportAttributeAccessIssue]
        values = value if field.is_repeated else [value]
        if field.message_type and field.message_type.GetOptions().map_entry:
            count += 3 * len(value)
        elif field.message_type:
            count += len(values) + sum(map(num_fields, values))
        else:
            count += len(values) if field.type in (9, 12) else 1 + packed_bytes(field, values)
    return count


def packed_bytes(field: FieldDescriptor, values: Sequence[int]) -> int:
    """Numbers of a list are packed into one field, of which each byte counts."""
    if not field.is_repeated:
        return 0
    return sum((number.bit_length() + 6) // 7 or 1 for number in values)


parts = st.builds(Part, text=st.text(max_size=3)) | st.builds(
    Part, image=st.builds(Image, data=st.binary(max_size=300))
)
messages = st.builds(
    Message,
    parts=st.lists(parts, max_size=5),
    tool_calls=st.lists(st.builds(ToolCall, id=st.text(max_size=3)), max_size=3),
)
requests = st.builds(
    GenerateRequest,
    generation=st.builds(
        Generation,
        messages=st.lists(messages, max_size=4),
        tools=st.lists(st.builds(Tool, name=st.text(max_size=2)), max_size=3),
        sampling=st.builds(
            Sampling,
            stop=st.lists(st.text(max_size=2), max_size=3),
            stop_token_ids=st.lists(st.integers(0, 2**31 - 1), max_size=3),
            temperature=st.floats(0, 1, width=32),
            logit_bias=st.dictionaries(st.integers(1, 99), st.floats(1, 2, width=32), max_size=3),
        ),
    ),
)


@given(request=requests)
def test_it_counts_what_the_library_decodes(request: GenerateRequest) -> None:
    data = request.SerializeToString()
    count = num_fields(GenerateRequest.FromString(data))
    assert not has_more_fields(data, KIND, count)
    assert not count or has_more_fields(data, KIND, count - 1)


@given(data=st.binary(max_size=200), limit=st.integers(0, 20))
def test_broken_bytes_are_left_to_the_decoder(data: bytes, limit: int) -> None:
    has_more_fields(data, KIND, limit)


@pytest.mark.parametrize(
    "data",
    [b"\x80" * 10**6, b"\x0a\xff\xff\xff\xff\x0f" + b"\x0a" * 10, b"\x0a" + b"\xff" * 10**6],
    ids=["a number without end", "a part longer than all", "a length without end"],
)
def test_it_ends_on_numbers_without_end(data: bytes) -> None:
    assert not has_more_fields(data, KIND, 100)


def test_numbers_of_a_list_count_though_they_are_one_field() -> None:
    request = GenerateRequest(generation=Generation(sampling=Sampling(stop_token_ids=[1] * 1000)))
    assert has_more_fields(request.SerializeToString(), KIND, 1000)
