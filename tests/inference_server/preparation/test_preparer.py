import asyncio
import gc
import io
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from time import sleep
from typing import Any

import pytest
from nemotron_vl.v1.content_pb2 import Part, Video
from nemotron_vl.v1.inference_pb2 import Generation
from PIL import Image

from inference_server.engine.types import ImageMedia
from inference_server.errors import InvalidArgument, PayloadTooLarge
from inference_server.media import video as media_video
from inference_server.media.decoded import DecodedImage
from inference_server.media.work import Work
from inference_server.preparation import admitted_media
from inference_server.preparation.preparer import Preparer
from inference_server.prompt.build import BuiltPrompt
from inference_server.prompt.tokenizer import Tokenizer


async def test_images_reach_the_prompt_in_order_of_their_parts(
    preparer: Preparer, question: Generation, image: Part
) -> None:
    question.messages[0].parts.extend([image, image])
    async with preparer.prepared(question) as built:
        assert [media.width for media in built.media] == [64, 64]
        assert len(built.prompt.spans) == 2


async def test_requests_with_images_wait_for_room_until_one_ends(
    preparer: Preparer, question: Generation, image: Part
) -> None:
    """The fixture has room for two."""
    question.messages[0].parts.append(image)
    contexts = [preparer.prepared(question) for _ in range(3)]
    for context in contexts[:2]:
        await context.__aenter__()
    third = asyncio.create_task(contexts[2].__aenter__())
    await asyncio.wait([third], timeout=0.05)
    assert not third.done()
    await contexts[0].__aexit__(None, None, None)
    await asyncio.wait_for(third, 30)
    for context in contexts[1:]:
        await context.__aexit__(None, None, None)


async def test_requests_of_text_alone_never_wait(preparer: Preparer, question: Generation) -> None:
    contexts = [preparer.prepared(question) for _ in range(5)]
    for context in contexts:
        await asyncio.wait_for(context.__aenter__(), 30)
    for context in contexts:
        await context.__aexit__(None, None, None)


async def test_a_broken_image_leaves_nothing_held(
    preparer: Preparer, question: Generation, image: Part
) -> None:
    question.messages[0].parts.add(image={"data": b"nothing"})
    for _ in range(3):
        with pytest.raises(InvalidArgument):
            async with preparer.prepared(question):
                pass
    del question.messages[0].parts[-1]
    question.messages[0].parts.append(image)
    async with asyncio.timeout(30), preparer.prepared(question):
        pass


async def test_images_and_frames_together_may_have_so_many_pixels(
    preparer: Preparer, question: Generation, image: Part, video: Part
) -> None:
    """The fixture allows those of all frames."""
    question.messages[0].parts.append(video)
    question.messages[0].parts[1].video.num_frames = 20
    async with preparer.prepared(question) as built:
        assert num_frames(built) == 20
    question.messages[0].parts.append(image)
    with pytest.raises(PayloadTooLarge) as caught:
        async with preparer.prepared(question):
            pass
    assert caught.value.field == "messages"
    question.messages[0].parts[1].video.num_frames = 1
    async with preparer.prepared(question) as built:
        assert len(built.media) == 2


async def test_a_small_frame_of_the_caller_counts_as_what_it_becomes(
    preparer: Preparer, question: Generation, image: Part
) -> None:
    """All frames get the size of the first."""
    file = io.BytesIO()
    Image.new("1", (1, 1)).save(file, "PNG")
    video = question.messages[0].parts.add().video
    for data in (image.image.data, *[file.getvalue()] * 29):
        video.frames.frames.add(data=data)
    async with preparer.prepared(question) as built:
        assert num_frames(built) == 30
    video.frames.frames.add(data=file.getvalue())
    with pytest.raises(PayloadTooLarge):
        async with preparer.prepared(question):
            pass


def pixels_of(built: BuiltPrompt) -> list[weakref.ref[Any]]:
    media = [span.media for span in built.prompt.spans]
    arrays = [one.pixels if isinstance(one, ImageMedia) else one.frames for one in media]
    return [weakref.ref(array) for array in arrays]


async def assert_gone(pixels: list[weakref.ref[Any]]) -> None:
    """A thread may still return from the call that made them."""
    async with asyncio.timeout(10):
        while any(array() is not None for array in pixels):
            await asyncio.sleep(0.001)


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("is_refused", [False, True])
async def test_pixels_end_with_their_request(
    preparer: Preparer, question: Generation, image: Part, video: Part, is_refused: bool
) -> None:
    """Without a cycle that waits for the collector, and whoever keeps the error."""
    pixels: list[weakref.ref[Any]] = []
    errors: list[Exception] = []
    question.messages[0].parts.extend([image, video])
    question.messages[0].parts[2].video.num_frames = 2
    try:
        async with preparer.prepared(question) as built:
            pixels += pixels_of(built)
            del built
            if is_refused:
                raise InvalidArgument("no")
    except InvalidArgument as error:
        errors.append(error)
    assert len(pixels) == 2
    await assert_gone(pixels)


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("is_first", [True, False])
async def test_images_beside_a_broken_one_end_with_their_request(
    preparer: Preparer,
    question: Generation,
    image: Part,
    monkeypatch: pytest.MonkeyPatch,
    is_first: bool,
) -> None:
    pixels: list[weakref.ref[Any]] = []
    decode = admitted_media.decode_image

    def decoded(*args: Any, **options: Any) -> DecodedImage:
        image = decode(*args, **options)
        pixels.append(weakref.ref(image.pixels))
        return image

    monkeypatch.setattr(admitted_media, "decode_image", decoded)
    broken = Part()
    broken.image.data = image.image.data[:60]
    question.messages[0].parts.extend([broken, image] if is_first else [image, broken])
    errors: list[Exception] = []
    try:
        async with preparer.prepared(question):
            pass
    except InvalidArgument as error:
        errors.append(error)
    assert "broken or cut off" in str(errors[0])
    await assert_gone(pixels)


async def test_nothing_is_decoded_of_a_request_whose_headers_are_refused(
    preparer: Preparer, question: Generation, image: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[str] = []
    monkeypatch.setattr(
        admitted_media, "decode_image", lambda *_, field, **__: decoded.append(field)
    )
    question.messages[0].parts.extend([image] * 31)
    with pytest.raises(PayloadTooLarge):
        async with preparer.prepared(question):
            pass
    assert decoded == []


async def test_a_canceled_request_waits_for_its_threads_and_gives_them_up(
    preparer: Preparer, question: Generation, image: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ended = threading.Event(), threading.Event()

    def decode(*_: Any, work: Work, **__: Any) -> None:
        work.begin()
        began.set()
        try:
            while True:
                work.check()
                sleep(0.001)
        finally:
            ended.set()

    monkeypatch.setattr(admitted_media, "decode_image", decode)
    question.messages[0].parts.extend([image] * 20)
    call = asyncio.create_task(preparer.prepared(question).__aenter__())
    await asyncio.to_thread(began.wait, 30)
    call.cancel()
    await asyncio.wait((call,), timeout=30)
    assert call.cancelled()
    assert ended.is_set()
    monkeypatch.undo()
    async with asyncio.timeout(30), preparer.prepared(question) as built:
        assert len(built.media) == 20


async def test_neither_decoding_nor_building_runs_on_the_loop(
    preparer: Preparer, question: Generation, image: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = set()
    real = preparer._builder.build

    def build(*args: Any, **options: Any) -> BuiltPrompt:
        threads.add(threading.current_thread())
        return real(*args, **options)

    monkeypatch.setattr(preparer._builder, "build", build)
    question.messages[0].parts.append(image)
    async with preparer.prepared(question):
        pass
    assert threading.current_thread() not in threads
    assert threads


async def test_a_canceled_request_ends_the_process_of_its_video(
    preparer: Preparer, question: Generation, video: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would hold one of the few places for videos."""

    class Process(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            processes.append(self)

    processes: list[Process] = []
    forever = (sys.executable, "-c", "import sys, time; sys.stdin.buffer.read(); time.sleep(60)")
    monkeypatch.setattr(media_video, "_COMMAND", forever)
    monkeypatch.setattr(subprocess, "Popen", Process)
    question.messages[0].parts.append(video)
    call = asyncio.create_task(preparer.prepared(question).__aenter__())
    async with asyncio.timeout(120):
        while not processes:
            await asyncio.sleep(0.01)
        call.cancel()
        await asyncio.wait((call,))
        try:
            assert await asyncio.to_thread(processes[0].wait, 60) == -signal.SIGKILL
        finally:
            processes[0].kill()


def num_frames(built: BuiltPrompt) -> int:
    (media,) = built.media
    return media.num_frames


async def test_a_video_is_sampled_by_default_as_the_settings_say(
    preparer: Preparer, question: Generation, video: Part
) -> None:
    """Four frames a second of a video of two seconds."""
    question.messages[0].parts.append(video)
    async with preparer.prepared(question) as built:
        assert num_frames(built) == 8
        assert built.video_tokens == 8 * 4


@pytest.mark.parametrize(("wish", "expected"), [({"num_frames": 3}, 3), ({"fps": 10.0}, 20)])
async def test_a_request_may_say_how_its_video_is_sampled(
    preparer: Preparer, question: Generation, video: Part, wish: dict[str, Any], expected: int
) -> None:
    question.messages[0].parts.append(video)
    question.messages[0].parts[1].video.MergeFrom(Video(**wish))
    async with preparer.prepared(question) as built:
        assert num_frames(built) == expected


@pytest.mark.parametrize(
    ("wish", "name"), [({"num_frames": 21}, "num_frames"), ({"fps": 11}, "fps")]
)
async def test_frames_that_the_video_does_not_have_are_refused_and_named(
    preparer: Preparer, question: Generation, video: Part, wish: dict[str, Any], name: str
) -> None:
    question.messages[0].parts.append(video)
    question.messages[0].parts[1].video.MergeFrom(Video(**wish))
    with pytest.raises(InvalidArgument) as caught:
        async with preparer.prepared(question):
            pass
    assert caught.value.field == f"messages[0].parts[1].video.{name}"


def prompt_text(built: BuiltPrompt, tokenizer: Tokenizer) -> str:
    return tokenizer.decode(built.prompt.token_ids.tolist())


async def test_frames_of_the_caller_are_a_video_at_the_stated_rate(
    preparer: Preparer, question: Generation, image: Part, tokenizer: Tokenizer
) -> None:
    video = question.messages[0].parts.add().video
    for _ in range(4):
        video.frames.frames.add(data=image.image.data)
    for fps, last in ((None, "3.00"), (2.0, "1.50"), (30.0, "0.10")):
        if fps is not None:
            video.fps = fps
        async with preparer.prepared(question) as built:
            assert num_frames(built) == 4
            assert built.video_tokens == 4 * 4
            assert f"Frame 4 sampled at {last} seconds" in prompt_text(built, tokenizer)


async def test_frames_of_the_caller_have_the_times_that_it_states(
    preparer: Preparer, question: Generation, image: Part, tokenizer: Tokenizer
) -> None:
    video = question.messages[0].parts.add().video
    video.fps = 30
    for seconds in (0.5, 0.5, 7.25):
        frame = video.frames.frames.add(data=image.image.data)
        frame.time.FromMilliseconds(int(seconds * 1000))
    async with preparer.prepared(question) as built:
        text = prompt_text(built, tokenizer)
    for number, time in enumerate(("0.50", "0.50", "7.25"), start=1):
        assert f"Frame {number} sampled at {time} seconds" in text


async def test_frames_of_the_caller_are_pruned_like_those_of_a_file(
    preparer: Preparer, question: Generation, image: Part
) -> None:
    video = question.messages[0].parts.add().video
    video.pruning_rate = 0.5
    for _ in range(4):
        video.frames.frames.add(data=image.image.data)
    async with preparer.prepared(question) as built:
        assert built.video_tokens == 8


async def test_a_broken_frame_of_the_caller_is_named(
    preparer: Preparer, question: Generation, image: Part
) -> None:
    video = question.messages[0].parts.add().video
    for data in (image.image.data, b"nothing"):
        video.frames.frames.add(data=data)
    with pytest.raises(InvalidArgument) as caught:
        async with preparer.prepared(question):
            pass
    assert caught.value.field == "messages[0].parts[1].video.frames.frames[1].data"


async def test_pixels_of_the_callers_frames_count_before_any_is_decoded(
    preparer: Preparer, question: Generation, image: Part
) -> None:
    """The fixture allows 30 of these frames."""
    video = question.messages[0].parts.add().video
    for _ in range(30):
        video.frames.frames.add(data=image.image.data)
    async with preparer.prepared(question) as built:
        assert num_frames(built) == 30
    video.frames.frames.add(data=image.image.data)
    cut_off = image.image.data[:40]
    video.frames.frames.add(data=cut_off)
    with pytest.raises(PayloadTooLarge):
        async with preparer.prepared(question):
            pass
