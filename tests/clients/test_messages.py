"""The builders of messages and requests."""

from pathlib import Path

import pytest
from nemotron_vl import assistant, image, system, tool, user, video, video_frames
from nemotron_vl.generation import Options, build_generation
from nemotron_vl.v1 import content_pb2, inference_pb2


def test_user_turn_keeps_its_parts_in_order(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"png")
    message = user("before", image(path, max_tiles=4), image(b"raw"), "after")

    assert message.role == content_pb2.ROLE_USER
    assert [part.WhichOneof("kind") for part in message.parts] == ["text", "image", "image", "text"]
    assert [message.parts[1].image.data, message.parts[2].image.data] == [b"png", b"raw"]
    assert message.parts[1].image.max_tiles == 4
    assert not message.parts[2].image.HasField("max_tiles")


def test_video_takes_one_way_of_sampling() -> None:
    assert video(b"v").video.WhichOneof("sampling") is None
    assert video(b"v", fps=2).video.fps == 2
    assert video(b"v", num_frames=8, pruning_rate=0.5).video.num_frames == 8
    with pytest.raises(ValueError, match="fps or num_frames"):
        video(b"v", fps=2, num_frames=8)


def test_other_roles() -> None:
    call = content_pb2.ToolCall(id="t1", name="add")
    assert system("be brief").role == content_pb2.ROLE_SYSTEM
    assert assistant(tool_calls=[call]).tool_calls[0] == call
    assert not assistant(tool_calls=[call]).parts
    assert tool("3", call_id="t1").tool_call_id == "t1"


def test_a_tools_result_may_have_images() -> None:
    message = tool("a screenshot", image(b"png"), call_id="t1")
    assert [part.WhichOneof("kind") for part in message.parts] == ["text", "image"]


def test_frames_by_path_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"png")
    message = video_frames([path, b"raw"], fps=2, pruning_rate=0.5).video
    assert [frame.data for frame in message.frames.frames] == [b"png", b"raw"]
    assert (message.fps, message.pruning_rate) == (2, 0.5)
    assert not message.frames.frames[0].HasField("time")


def test_frames_with_times() -> None:
    message = video_frames([b"a", b"b", b"c"], times_s=[0, 0.1, 61.5]).video
    times = [frame.time.ToMilliseconds() for frame in message.frames.frames]
    assert times == [0, 100, 61500]
    assert message.frames.frames[0].HasField("time")
    assert message.WhichOneof("sampling") is None


def test_each_frame_needs_a_time_if_one_has_it() -> None:
    with pytest.raises(ValueError, match="shorter"):
        video_frames([b"a", b"b"], times_s=[0])
    with pytest.raises(ValueError, match="times_s or fps"):
        video_frames([b"a"], times_s=[0], fps=1)


def test_plain_string_is_one_user_turn() -> None:
    assert build_generation("hello", {}) == inference_pb2.Generation(messages=[user("hello")])
    assert build_generation(user("hello"), {}) == build_generation("hello", {})


def test_keywords_land_in_sampling_or_beside_it() -> None:
    options = Options(max_tokens=5, temperature=0, stop="\n", thinking=False, num_choices=2)
    assert build_generation("x", options) == inference_pb2.Generation(
        messages=[user("x")],
        sampling=inference_pb2.Sampling(max_tokens=5, temperature=0, stop=["\n"]),
        thinking=False,
        num_choices=2,
    )


def test_without_keywords_nothing_is_set() -> None:
    assert not build_generation("x", {}).HasField("sampling")


def test_options_cover_every_field_of_the_contract() -> None:
    fields = {
        *inference_pb2.Generation.DESCRIPTOR.fields_by_name,
        *inference_pb2.Sampling.DESCRIPTOR.fields_by_name,
    }
    assert Options.__annotations__.keys() == fields - {"messages", "sampling"}


def test_misspelled_keyword_is_refused() -> None:
    with pytest.raises(ValueError, match="max_token"):
        build_generation("x", {"max_token": 3})  # type: ignore[typeddict-unknown-key]
