"""Lists that are too long are refused by their length, in defaults as in a request."""

import pytest
from nemotron_vl.v1.content_pb2 import Frame, Frames, Message, Part, Tool, ToolCall, Video
from nemotron_vl.v1.inference_pb2 import BatchGenerateRequest, BatchItem, Generation, Sampling
from nemotron_vl.v1.model_pb2 import Model

from inference_server.errors import InvalidArgument
from inference_server.rpc.validation.validator import Validator

TOO_LONG = {
    "messages": Generation(messages=[Message()] * 4097),
    "tools": Generation(tools=[Tool()] * 129),
    "sampling.stop": Generation(sampling=Sampling(stop=["a"] * 65)),
    "sampling.stop_token_ids": Generation(sampling=Sampling(stop_token_ids=[1] * 257)),
    "sampling.logit_bias": Generation(
        sampling=Sampling(logit_bias=dict.fromkeys(range(1025), 1.0))
    ),
}


def lists_in_messages() -> dict[str, Generation]:
    frames = Frames(frames=[Frame()] * 5000)
    video = Generation(messages=[Message(parts=[Part(), Part(video=Video(frames=frames))])])
    return {
        "messages": Generation(messages=[Message(parts=[Part()] * 4097)] * 2),
        "messages[0].parts[1].video.frames.frames": video,
    }


CASES = [
    *TOO_LONG.items(),
    *lists_in_messages().items(),
    ("messages", Generation(messages=[Message(tool_calls=[ToolCall()] * 8193)])),
]


@pytest.mark.parametrize(("field", "generation"), CASES)
def test_a_list_that_is_too_long_is_refused_before_its_entries_are_read(
    model: Model, field: str, generation: Generation
) -> None:
    with pytest.raises(InvalidArgument, match="at most") as caught:
        Validator(model).check(generation)
    assert caught.value.field == field


@pytest.mark.parametrize(("field", "generation"), CASES)
def test_defaults_with_a_list_that_is_too_long_are_refused_before_any_item(
    model: Model, field: str, generation: Generation
) -> None:
    batch = BatchGenerateRequest(defaults=generation, items=[BatchItem()])
    with pytest.raises(InvalidArgument, match="at most") as caught:
        Validator(model).check_batch(batch)
    assert caught.value.field == f"defaults.{field}"
