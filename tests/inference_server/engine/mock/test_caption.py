import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_server.engine.mock.caption import write_caption
from inference_server.engine.types import Grid, ImageMedia, Prompt, Span, VideoMedia

HEIGHT, WIDTH = 20, 300


def prompt(*media: ImageMedia | VideoMedia, token_ids: tuple[int, ...] = (1, 2, 3)) -> Prompt:
    spans = tuple(
        Span(key=b"", start=index, length=1, media=medium) for index, medium in enumerate(media)
    )
    return Prompt(token_ids=np.array(token_ids, np.int32), spans=spans)


def image(color: tuple[int, int, int] = (10, 10, 10)) -> ImageMedia:
    pixels = np.full((HEIGHT, WIDTH, 3), color, np.uint8)
    return ImageMedia(pixels=pixels, grid=Grid(columns=1, rows=1, has_thumbnail=False))


def video() -> VideoMedia:
    frames = np.zeros((17, HEIGHT, WIDTH, 3), np.uint8)
    return VideoMedia(frames=frames, separators=((),) * 18, pruning_rate=0.0)


@given(
    y=st.integers(0, HEIGHT - 1),
    x=st.integers(0, WIDTH - 1),
    channel=st.integers(0, 2),
    value=st.integers(0, 255).filter(lambda value: value != 10),
)
def test_every_pixel_of_an_image_counts(y: int, x: int, channel: int, value: int) -> None:
    changed = image()
    changed.pixels[y, x, channel] = value
    assert write_caption(prompt(changed)) != write_caption(prompt(image()))


@given(frame=st.integers(0, 16), y=st.integers(0, HEIGHT - 1), x=st.integers(0, WIDTH - 1))
def test_every_pixel_of_a_video_counts(frame: int, y: int, x: int) -> None:
    changed = video()
    changed.frames[frame, y, x, 0] = 1
    assert write_caption(prompt(changed)) != write_caption(prompt(video()))


@pytest.mark.parametrize("token_ids", [(1, 2), (1, 2, 4), (3, 2, 1), (1, 2, 3, 3)])
def test_every_token_counts(token_ids: tuple[int, ...]) -> None:
    assert write_caption(prompt(token_ids=token_ids)) != write_caption(prompt())


def test_order_of_images_counts() -> None:
    red, blue = image((200, 30, 30)), image((40, 70, 200))
    assert write_caption(prompt(red, blue)) != write_caption(prompt(blue, red))


def test_same_prompt_has_the_same_caption() -> None:
    assert write_caption(prompt(image(), video())) == write_caption(prompt(image(), video()))


@pytest.mark.parametrize(
    ("color", "words"),
    [
        ((210, 20, 40), "red on average, dark"),
        ((250, 250, 250), "white on average, bright"),
        ((120, 130, 125), "gray on average, of medium brightness"),
    ],
)
def test_image_is_described_as_it_is(color: tuple[int, int, int], words: str) -> None:
    caption = write_caption(prompt(image(color)))
    assert f"Image 1 is {WIDTH} by {HEIGHT} pixels, {words}, of low contrast." in caption


def test_contrast_is_seen() -> None:
    halves = image()
    halves.pixels[:, WIDTH // 2 :] = 255
    assert "of high contrast" in write_caption(prompt(halves))


def test_videos_and_images_are_counted_apart() -> None:
    caption = write_caption(prompt(image(), video(), image()))
    assert f"Video 1 has 17 frames of {WIDTH} by {HEIGHT} pixels, black on average" in caption
    assert caption.index("Image 1") < caption.index("Video 1") < caption.index("Image 2")
