import dataclasses
from collections.abc import Iterator
from concurrent.futures import CancelledError

import numpy as np
import pytest
from nemotron_vl.v1.content_pb2 import ROLE_USER, Image, Message, Part, Video
from nemotron_vl.v1.inference_pb2 import Generation

from inference_server.engine.types import Grid, ImageMedia, VideoMedia
from inference_server.errors import ContextLengthExceeded
from inference_server.media.decoded import Decoded, DecodedImage, DecodedVideo
from inference_server.media.grid import Tiling
from inference_server.prompt import slices
from inference_server.prompt.build import BuiltPrompt, PromptBuilder
from inference_server.prompt.tokenizer import Tokenizer
from tests.inference_server.rendered import encode_rendered

TILING = Tiling(tile_size=512, tokens_per_tile=256, max_tiles=12, use_thumbnail=True)


@pytest.fixture
def builder(tokenizer: Tokenizer) -> PromptBuilder:
    return PromptBuilder(tokenizer, TILING)


def decoded_image(width: int, height: int, value: int = 0) -> DecodedImage:
    return DecodedImage(pixels=np.full((height, width, 3), value, dtype=np.uint8))


def decoded_video(num_frames: int) -> DecodedVideo:
    frames = np.zeros((num_frames, 4, 6, 3), dtype=np.uint8)
    return DecodedVideo(
        frames=frames, timestamps_s=tuple(index * 0.5 for index in range(num_frames))
    )


def user(*parts: Part | str) -> Message:
    return Message(
        role=ROLE_USER, parts=[Part(text=part) if isinstance(part, str) else part for part in parts]
    )


def image(**options: int) -> Part:
    return Part(image=Image(data=b"-", **options))  # pyright: ignore[reportArgumentType]


def video(**options: float) -> Part:
    return Part(video=Video(data=b"-", **options))  # pyright: ignore[reportArgumentType]


def path(part: int, message: int = 0) -> str:
    return f"messages[{message}].parts[{part}]"


def rebuilt(built: BuiltPrompt, tokenizer: Tokenizer) -> str:
    """The prompt's text, special tokens included."""
    return b"".join(tokenizer.token_bytes(int(i)) for i in built.prompt.token_ids).decode()


def test_text_alone_is_encoded_as_it_is_rendered(
    builder: PromptBuilder, tokenizer: Tokenizer
) -> None:
    built = builder.build(Generation(messages=[user("Hi there")]), {})
    text = (
        "<s><SPECIAL_10>System\n\n<SPECIAL_11>User\nHi there\n<SPECIAL_11>Assistant\n"
        "<think></think>"
    )
    assert built.prompt.token_ids.tolist() == encode_rendered(tokenizer, text)
    assert built.prompt.token_ids.dtype == np.int32
    assert built.prompt.spans == ()
    assert built.media == ()
    assert not built.is_thinking


def test_images_are_expanded_where_the_template_puts_them(
    builder: PromptBuilder, tokenizer: Tokenizer
) -> None:
    small, wide = decoded_image(481, 202), decoded_image(100, 100)
    messages = [user("Compare", image(), image())]
    built = builder.build(
        Generation(messages=messages, thinking=True), {path(1): small, path(2): wide}
    )
    assert rebuilt(built, tokenizer) == (
        "<s><SPECIAL_10>System\n\n<SPECIAL_11>User\n"
        f"<image 1><img>{'<image>' * 2816}</img> <image 2><img>{'<image>' * 256}</img>\nCompare\n"
        "<SPECIAL_11>Assistant\n<think>\n"
    )
    assert built.is_thinking
    assert (built.image_tokens, built.video_tokens) == (2816 + 256, 0)


def test_spans_cover_exactly_the_image_tokens(builder: PromptBuilder, tokenizer: Tokenizer) -> None:
    messages = [user(image(), "<image> and </img>"), user(image(max_tiles=4), "again")]
    images = {path(0): decoded_image(481, 202), path(0, 1): decoded_image(1178, 1779)}
    built = builder.build(Generation(messages=messages), images)
    is_image = built.prompt.token_ids == tokenizer.special_id("<image>")
    covered = np.zeros_like(is_image)
    for span in built.prompt.spans:
        covered[span.start : span.end] = True
        assert built.prompt.token_ids[span.start - 1] == tokenizer.special_id("<img>")
        assert built.prompt.token_ids[span.end] == tokenizer.special_id("</img>")
    assert (covered == is_image).all()
    assert [span.length for span in built.prompt.spans] == [2816, 768]


def test_media_say_how_they_are_cut(builder: PromptBuilder) -> None:
    pixels = decoded_image(481, 202)
    built = builder.build(Generation(messages=[user(image())]), {path(0): pixels})
    media = built.prompt.spans[0].media
    assert isinstance(media, ImageMedia)
    assert media.pixels is pixels.pixels
    assert media.grid == Grid(columns=5, rows=2, has_thumbnail=True)
    assert media.num_tiles == 11
    (count,) = built.media
    assert (count.width, count.height, count.num_tiles, count.num_tokens) == (481, 202, 11, 2816)
    assert not count.HasField("num_frames")


def test_a_video_is_one_span_of_separators_and_frames(
    builder: PromptBuilder, tokenizer: Tokenizer
) -> None:
    built = builder.build(
        Generation(messages=[user("What happens?", video())]), {path(1): decoded_video(3)}
    )
    frames = "".join(
        f"Frame {number} sampled at {second} seconds: <img>{'<image>' * 256}</img>"
        for number, second in ((1, "0.00"), (2, "0.50"), (3, "1.00"))
    )
    assert f"<SPECIAL_11>User\n{frames}\nWhat happens?\n" in rebuilt(built, tokenizer)
    (span,) = built.prompt.spans
    inside = built.prompt.token_ids[span.start : span.end]
    assert inside.tolist() == encode_rendered(tokenizer, frames)
    media = span.media
    assert isinstance(media, VideoMedia)
    assert len(media.separators) == 4
    assert span.length == 3 * 256 + sum(map(len, media.separators))
    assert (built.image_tokens, built.video_tokens) == (0, 768)
    (count,) = built.media
    assert (count.num_frames, count.num_tiles, count.num_tokens) == (3, 3, 768)


def test_a_pruned_video_is_as_long_as_its_retained_tokens(
    builder: PromptBuilder, tokenizer: Tokenizer
) -> None:
    messages = [user(video(pruning_rate=0.5))]
    built = builder.build(Generation(messages=messages), {path(0): decoded_video(8)})
    (span,) = built.prompt.spans
    assert isinstance(span.media, VideoMedia)
    assert span.media.pruning_rate == 0.5
    assert span.length == 1024 + sum(map(len, span.media.separators))
    num_images = (built.prompt.token_ids == tokenizer.special_id("<image>")).sum()
    assert num_images == built.video_tokens == 1024


def test_the_default_pruning_rate_gives_way_to_the_request_s(tokenizer: Tokenizer) -> None:
    builder = PromptBuilder(tokenizer, TILING, video_pruning_rate=0.75)
    default = builder.build(Generation(messages=[user(video())]), {path(0): decoded_video(8)})
    own = builder.build(
        Generation(messages=[user(video(pruning_rate=0.0))]), {path(0): decoded_video(8)}
    )
    assert (default.video_tokens, own.video_tokens) == (512, 2048)


def test_images_and_videos_are_matched_by_kind(builder: PromptBuilder) -> None:
    messages = [user(video(), image(), "a"), user("b", image())]
    media = {
        path(0): decoded_video(2),
        path(1): decoded_image(512, 512),
        path(1, 1): decoded_image(512, 1024),
    }
    built = builder.build(Generation(messages=messages), media)
    kinds = [(count.num_frames, count.width, count.height) for count in built.media]
    assert kinds == [(0, 512, 512), (2, 6, 4), (0, 512, 1024)]


def test_markers_in_text_are_no_media(builder: PromptBuilder) -> None:
    messages = [user("<image> <video>", image(), "<img><image></img>")]
    built = builder.build(Generation(messages=messages), {path(1): decoded_image(10, 10)})
    assert [span.length for span in built.prompt.spans] == [256]


@pytest.mark.parametrize(
    "media",
    [
        {},
        {path(1): decoded_image(1, 1)},
        {path(0): decoded_image(1, 1), path(1): decoded_image(1, 1)},
        {path(0): decoded_video(1)},
    ],
)
def test_media_that_do_not_match_the_parts_are_our_own_fault(
    builder: PromptBuilder, media: dict[str, Decoded]
) -> None:
    with pytest.raises((AssertionError, KeyError)):
        builder.build(Generation(messages=[user(image())]), media)


def test_a_text_that_cannot_fit_is_refused_before_it_is_encoded(
    builder: PromptBuilder, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def encode(text: str) -> list[int]:
        raise AssertionError

    monkeypatch.setattr(tokenizer, "encode", encode)
    with pytest.raises(ContextLengthExceeded, match=r"100 tokens.*at least \d+") as caught:
        builder.build(Generation(messages=[user("a" * 10_000)]), {}, max_model_len=100)
    assert caught.value.field == "messages"


def test_a_text_that_may_fit_is_built(builder: PromptBuilder) -> None:
    generation = Generation(messages=[user("Hi there")])
    built = builder.build(generation, {})
    again = builder.build(generation, {}, max_model_len=len(built.prompt) + 1)
    assert again.prompt.token_ids.tolist() == built.prompt.token_ids.tolist()


def test_one_pixel_is_an_image(builder: PromptBuilder) -> None:
    built = builder.build(Generation(messages=[user(image())]), {path(0): decoded_image(1, 1)})
    assert built.image_tokens == 256


def test_tiles_without_a_thumbnail(tokenizer: Tokenizer) -> None:
    builder = PromptBuilder(tokenizer, dataclasses.replace(TILING, use_thumbnail=False))
    built = builder.build(Generation(messages=[user(image())]), {path(0): decoded_image(1024, 512)})
    assert built.image_tokens == 512


def test_a_salt_keeps_media_apart_and_changes_nothing_else(builder: PromptBuilder) -> None:
    media: dict[str, Decoded] = {path(0): decoded_image(600, 600), path(1): decoded_video(2)}
    generation = Generation(messages=[user(image(), video())])
    plain, other, again = [
        builder.build(Generation(cache_salt=salt, messages=generation.messages), media).prompt
        for salt in ("", "tenant", "tenant")
    ]
    assert plain.token_ids.tolist() == other.token_ids.tolist()
    keys = [{span.key for span in prompt.spans} for prompt in (plain, other, again)]
    assert keys[1] == keys[2]
    assert not keys[0] & keys[1]


def test_a_text_beyond_the_context_is_encoded_no_further(
    builder: PromptBuilder, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "_SLICE", 1000)
    encoded: list[int] = []
    encode_slices = tokenizer.encode_slices

    def counted(text: str) -> Iterator[list[int]]:
        for ids in encode_slices(text):
            encoded.append(len(ids))
            yield ids

    monkeypatch.setattr(tokenizer, "encode_slices", counted)
    digits = Generation(messages=[user("1" * 50_000)])
    with pytest.raises(ContextLengthExceeded, match=r"at least 1\d\d\d\d tokens"):
        builder.build(digits, {}, max_model_len=10_000)
    assert sum(encoded) < 13_000


def test_a_prompt_that_is_given_up_is_not_built(
    builder: PromptBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "_SLICE", 1000)
    asked: list[int] = []

    def is_given_up() -> bool:
        asked.append(1)
        return len(asked) == 3

    with pytest.raises(CancelledError):
        builder.build(Generation(messages=[user("1" * 50_000)]), {}, is_given_up=is_given_up)
    assert len(asked) == 3
