"""Videos of frames that the caller has chosen, in every form, over both transports."""

import base64
from typing import Any

import pytest
from nemotron_vl import Client, user, video_frames
from openai import OpenAI

from tests.e2e.support.images import data_url, image_file
from tests.e2e.support.serving import MODEL, Serving

# Two formats and two sizes.
FILES = [image_file(1), image_file(2, (32, 80), "JPEG"), image_file(3)]
URLS = [data_url(file) for file in FILES]
JOINED = "data:video/jpeg;base64," + ",".join(base64.b64encode(file).decode() for file in FILES)


def prompt_tokens(openai: OpenAI, part: dict[str, Any], **options: Any) -> int:
    content: list[Any] = [{"type": "text", "text": "What happens?"}, part]
    answer = openai.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": content}],
        max_tokens=1,
        extra_body=options,
    )
    assert answer.usage
    return answer.usage.prompt_tokens


@pytest.mark.parametrize(
    ("part", "options"),
    [
        ({"type": "video_url", "video_url": {"url": JOINED}}, {"mm_processor_kwargs": {"fps": 2}}),
        (
            {"type": "video_url", "video_url": {"url": JOINED}},
            {"media_io_kwargs": {"video": {"fps": 2, "num_frames": -1}}},
        ),
        ({"type": "video", "video": URLS, "fps": 2}, {}),
        ({"type": "video", "video": URLS, "sample_fps": 2}, {}),
    ],
)
def test_each_form_is_the_same_video(
    client: Client, openai: OpenAI, part: dict[str, Any], options: dict[str, Any]
) -> None:
    count = client.count_tokens(user("What happens?", video_frames(FILES, fps=2)))
    assert count.video_tokens == 3 * 256
    assert [media.num_frames for media in count.media] == [3]
    assert prompt_tokens(openai, part, **options) == count.prompt_tokens


def test_a_request_prunes_its_own_video(client: Client, openai: OpenAI) -> None:
    part = {"type": "video", "video": URLS}
    options = {"mm_processor_kwargs": {"video_pruning_rate": 0.5}}
    count = client.count_tokens(user("What happens?", video_frames(FILES, pruning_rate=0.5)))
    assert count.video_tokens == 384
    assert prompt_tokens(openai, part, **options) == count.prompt_tokens


def test_times_of_the_frames_are_told(client: Client) -> None:
    """A time of more digits takes more tokens."""
    soon, late = (
        client.count_tokens(user("?", video_frames(FILES, times_s=[0, 1, last])))
        for last in (2, 123456.25)
    )
    assert late.prompt_tokens > soon.prompt_tokens


def test_two_turns_with_a_video_each(serving: Serving) -> None:
    turn = {"role": "user", "content": [{"type": "video", "video": URLS}, "What happens?"]}
    answer = {"role": "assistant", "content": "Little."}
    body = {"messages": [turn, answer, turn], "max_tokens": 1}
    assert serving.chat(body)[0] == 200


def test_a_long_chat_with_many_images(serving: Serving) -> None:
    image = {"type": "image_url", "image_url": {"url": URLS[0]}}
    turns = [{"role": "user", "content": [image, "And this?"]}] * 17
    assert serving.chat({"messages": turns, "max_tokens": 1})[0] == 200


@pytest.mark.parametrize(
    ("part", "param"),
    [
        ({"type": "video", "video": [URLS[0], data_url(b"x")]}, "video[1]"),
        ({"type": "video_url", "video_url": {"url": JOINED + ",QUJD"}}, "video_url[3]"),
        ({"type": "video", "video": []}, "video"),
        ({"type": "video", "video": URLS[:1] * 129}, "video"),
        ({"type": "video", "video": URLS, "fps": 0}, "fps"),
    ],
)
def test_errors_name_the_frame(serving: Serving, part: dict[str, Any], param: str) -> None:
    status, answer = serving.chat({"messages": [{"role": "user", "content": [part]}]})
    assert status == 400
    assert answer["error"]["param"] == f"messages[0].content[0].{param}"
