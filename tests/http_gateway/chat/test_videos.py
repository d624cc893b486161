"""Videos in a body: files and frames, and the options that other servers know."""

from typing import Any

import pytest
from nemotron_vl.v1 import content_pb2

from http_gateway.chat.request import ChatRequest
from http_gateway.errors import InvalidRequest
from tests.http_gateway.chat.building import HELLO, build, fault

FILE = {"type": "video_url", "video_url": {"url": "https://example.com/clip.mp4"}}
JPEGS = {"type": "video_url", "video_url": {"url": "data:video/jpeg;base64,QQ==,Qg==,Qw=="}}
URLS = [f"https://example.com/{number}.jpg" for number in range(3)]


def ask(part: Any, **fields: Any) -> ChatRequest:
    return build({"messages": [{"role": "user", "content": ["x", part]}]} | fields)


def video(part: Any, **fields: Any) -> content_pb2.Video:
    return ask(part, **fields).generation.messages[0].parts[1].video


def refusal(part: Any, **fields: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as raised:
        ask(part, **fields)
    return raised.value


def test_jpegs_between_commas_are_frames() -> None:
    chat = ask(JPEGS)
    assert [media.url for media in chat.media] == [
        f"data:video/jpeg;base64,{frame}" for frame in ("QQ==", "Qg==", "Qw==")
    ]
    for media in chat.media:
        media.target.data = media.url[-4:].encode()
    frames = chat.generation.messages[0].parts[1].video.frames.frames
    assert [frame.data for frame in frames] == [b"QQ==", b"Qg==", b"Qw=="]


def test_a_list_of_urls_is_a_video_of_frames() -> None:
    chat = ask({"type": "video", "video": URLS})
    assert [media.url for media in chat.media] == URLS
    assert [media.param for media in chat.media] == [
        f"messages[0].content[1].video[{number}]" for number in range(3)
    ]
    assert {media.noun for media in chat.media} == {"frame"}
    assert [media.frame_index for media in chat.media] == [0, 1, 2]


@pytest.mark.parametrize("part", [{"type": "video", "video": "a.mp4"}, {"video": "a.mp4"}])
def test_one_url_is_a_file(part: Any) -> None:
    (media,) = ask(part).media
    assert isinstance(media.target, content_pb2.Video)
    assert (media.param, media.noun) == ("messages[0].content[1].video", "video")


def test_a_video_of_no_frames_is_left_to_the_server_to_refuse() -> None:
    written = video({"type": "video", "video": []})
    assert written.WhichOneof("source") == "frames"


@pytest.mark.parametrize(
    ("field", "key", "param"),
    [
        ("image.data", "image", "image"),
        ("video.data", "video", "video"),
        ("video.frames.frames[2].data", "video", "video[2]"),
        ("video.frames.frames[2].data", "video_url", "video_url[2]"),
        ("video.frames.frames", "video_url", "video_url"),
    ],
)
def test_errors_name_media_as_the_caller_does(field: str, key: str, param: str) -> None:
    source = "https://example.com/a" if field.endswith("e.data") else URLS
    part = JPEGS if key == "video_url" else {"type": key, key: source}
    part = {"image": "x"} if key == "image" else part
    named = ask(part).params.param(f"messages[0].parts[1].{field}")
    assert named == f"messages[0].content[1].{param}"


@pytest.mark.parametrize(
    "part",
    [{"type": "video", "video": 5}, {"type": "video", "video": {}}, {"type": "video"}],
)
def test_says_what_a_video_may_be(part: Any) -> None:
    assert refusal(part).param == "messages[0].content[1].video"


def test_names_the_url_of_a_list_that_is_none() -> None:
    part = {"type": "video", "video": ["a", 5]}
    assert refusal(part).param == "messages[0].content[1].video[1]"


@pytest.mark.parametrize("beside", [{"fps": 2}, {"sample_fps": 2.0}, {"fps": 4, "sample_fps": 2}])
@pytest.mark.parametrize("source", [JPEGS, {"type": "video", "video": URLS}])
def test_the_rate_beside_frames_goes_before_that_of_the_request(
    source: dict[str, Any], beside: dict[str, Any]
) -> None:
    part = source | beside
    chat = ask(part, media_io_kwargs={"video": {"fps": 30}})
    assert chat.generation.messages[0].parts[1].video.fps == 2
    named = chat.params.param("messages[0].parts[1].video.fps")
    assert named in ("messages[0].content[1].fps", "messages[0].content[1].sample_fps")


@pytest.mark.parametrize("source", [FILE, {"type": "video", "video": "a.mp4"}])
def test_the_rate_beside_a_file_replaces_a_number_of_frames_for_it_alone(
    source: dict[str, Any],
) -> None:
    slow = source | {"fps": 0.5, "sample_fps": -1}
    body = {"messages": [{"role": "user", "content": [slow, FILE]}]}
    chat = build(body | {"media_io_kwargs": {"video": {"num_frames": 8}}})
    first, second = (part.video for part in chat.generation.messages[0].parts)
    assert (first.WhichOneof("sampling"), first.fps) == ("fps", 0.5)
    assert (second.WhichOneof("sampling"), second.num_frames) == ("num_frames", 8)


@pytest.mark.parametrize("place", ["media", "processor"])
@pytest.mark.parametrize(
    ("options", "sampling"),
    [
        ({}, None),
        ({"fps": 2}, "fps"),
        ({"fps": 2, "num_frames": -1}, "fps"),
        ({"fps": -1, "num_frames": 8}, "num_frames"),
        ({"fps": -1.0, "num_frames": 8}, "num_frames"),
        ({"fps": -1, "num_frames": -1}, None),
        ({"fps": None, "num_frames": None}, None),
        ({"fps": 2, "num_frames": -1, "do_sample_frames": True}, "fps"),
        ({"do_sample_frames": None, "revision": None}, None),
    ],
)
def test_sampling_as_clients_of_vllm_write_it(
    place: str, options: dict[str, Any], sampling: str | None
) -> None:
    in_place = {"media_io_kwargs": {"video": options}}
    written = video(FILE, **(in_place if place == "media" else {"mm_processor_kwargs": options}))
    assert written.WhichOneof("sampling") == sampling
    assert written.fps in (0, 2)
    assert written.num_frames in (0, 8)


def test_one_value_in_both_places_is_one_value() -> None:
    options = {"fps": 2, "num_frames": -1}
    written = video(FILE, media_io_kwargs={"video": options}, mm_processor_kwargs=options)
    assert written.fps == 2


@pytest.mark.parametrize(
    ("media", "processor", "param"),
    [
        ({"fps": 1, "num_frames": 2}, {}, "media_io_kwargs.video"),
        ({}, {"fps": 1, "num_frames": 2}, "mm_processor_kwargs"),
        ({"fps": 1}, {"num_frames": 2}, "mm_processor_kwargs.num_frames"),
        ({"num_frames": 2}, {"fps": 1}, "media_io_kwargs.video.num_frames"),
        ({"fps": 1}, {"fps": 2}, "media_io_kwargs.video.fps"),
        (
            {"pruning_rate": 0.1, "video_pruning_rate": 0.2},
            {},
            "media_io_kwargs.video.video_pruning_rate",
        ),
    ],
)
def test_refuses_two_ways_to_sample_a_video(
    media: dict[str, Any], processor: dict[str, Any], param: str
) -> None:
    assert fault(media_io_kwargs={"video": media}, mm_processor_kwargs=processor) == param


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"mm_processor_kwargs": {"fps": 1}}, "mm_processor_kwargs.fps"),
        ({"media_io_kwargs": {"video": {"fps": 1}}}, "media_io_kwargs.video.fps"),
        ({"mm_processor_kwargs": {"num_frames": 1}}, "mm_processor_kwargs.num_frames"),
    ],
)
def test_errors_name_an_option_where_it_was_given(fields: dict[str, Any], param: str) -> None:
    name = param.rpartition(".")[2]
    assert ask(FILE, **fields).params.param(f"messages[0].parts[1].video.{name}") == param


@pytest.mark.parametrize(
    "fields",
    [
        {"mm_processor_kwargs": {"video_pruning_rate": 0.5}},
        {"media_io_kwargs": {"video": {"video_pruning_rate": 0.5}}},
        {"media_io_kwargs": {"video": {"pruning_rate": 0.5}}},
    ],
)
@pytest.mark.parametrize("part", [FILE, JPEGS])
def test_a_request_may_set_its_own_pruning_rate(part: Any, fields: dict[str, Any]) -> None:
    chat = ask(part, **fields)
    assert chat.generation.messages[0].parts[1].video.pruning_rate == 0.5
    param = chat.params.param("messages[0].parts[1].video.pruning_rate")
    assert param
    assert param.endswith("pruning_rate")


def test_no_pruning_at_all_is_a_rate_too() -> None:
    assert video(FILE, mm_processor_kwargs={"video_pruning_rate": 0}).HasField("pruning_rate")
    assert not video(FILE).HasField("pruning_rate")


@pytest.mark.parametrize(
    "fields",
    [
        {"media_io_kwargs": {"video": {"do_sample_frames": False}}},
        {"mm_processor_kwargs": {"do_sample_frames": False}},
    ],
)
def test_only_frames_may_be_left_unsampled(fields: dict[str, Any]) -> None:
    assert video(JPEGS, **fields).frames.frames
    assert build({"messages": HELLO} | fields)
    error = refusal(FILE, **fields)
    assert error.param
    assert error.param.endswith("do_sample_frames")


@pytest.mark.parametrize(("num_frames", "is_kept"), [(3, False), (2, True)])
def test_as_many_frames_as_there_are_is_no_wish(num_frames: int, is_kept: bool) -> None:
    """The server refuses any other number."""
    written = video(JPEGS, media_io_kwargs={"video": {"num_frames": num_frames}})
    assert written.HasField("num_frames") == is_kept


@pytest.mark.parametrize(
    ("fields", "param", "name"),
    [
        ({"mm_processor_kwargs": {"min_pixels": 1}}, "mm_processor_kwargs.min_pixels", "fps"),
        ({"media_io_kwargs": {"audio": {}}}, "media_io_kwargs.audio", "video"),
        ({"media_io_kwargs": {"video": {"a": 1}}}, "media_io_kwargs.video.a", "num_frames"),
    ],
)
def test_an_unknown_option_is_answered_with_those_that_exist(
    fields: dict[str, Any], param: str, name: str
) -> None:
    error = refusal(FILE, **fields)
    assert error.param == param
    assert name in error.message


def test_frames_of_all_videos_together_are_bounded() -> None:
    parts = [{"type": "video", "video": ["x"] * 4097}] * 2
    with pytest.raises(InvalidRequest) as raised:
        build({"messages": [{"role": "user", "content": parts}]})
    assert raised.value.param == "messages"
