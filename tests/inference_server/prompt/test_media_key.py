import dataclasses

import numpy as np

from inference_server.engine.types import Grid, ImageMedia, VideoMedia
from inference_server.prompt.media_key import image_key, video_key

PIXELS = np.arange(2 * 6 * 3, dtype=np.uint8).reshape(2, 6, 3)
IMAGE = ImageMedia(pixels=PIXELS, grid=Grid(columns=2, rows=1, has_thumbnail=True))
VIDEO = VideoMedia(frames=PIXELS[None], separators=((1, 2), (3,)), pruning_rate=0.5)


def test_equal_media_have_equal_keys() -> None:
    assert image_key(IMAGE) == image_key(dataclasses.replace(IMAGE, pixels=PIXELS.copy()))
    assert video_key(VIDEO) == video_key(dataclasses.replace(VIDEO, frames=PIXELS[None].copy()))


def test_everything_about_an_image_is_in_its_key() -> None:
    other = PIXELS.copy()
    other[-1, -1, -1] += 1
    variants = [
        IMAGE,
        dataclasses.replace(IMAGE, pixels=other),
        dataclasses.replace(IMAGE, pixels=PIXELS.reshape(6, 2, 3)),
        dataclasses.replace(IMAGE, grid=Grid(columns=1, rows=2, has_thumbnail=True)),
        dataclasses.replace(IMAGE, grid=Grid(columns=2, rows=1, has_thumbnail=False)),
    ]
    assert len({image_key(variant) for variant in variants}) == len(variants)


def test_everything_about_a_video_is_in_its_key() -> None:
    variants = [
        VIDEO,
        dataclasses.replace(VIDEO, frames=PIXELS.reshape(1, 6, 2, 3)),
        dataclasses.replace(VIDEO, separators=((1,), (2, 3))),
        dataclasses.replace(VIDEO, pruning_rate=0.0),
    ]
    keys = {video_key(variant) for variant in variants}
    assert len(keys | {image_key(IMAGE)}) == len(variants) + 1


def test_a_salt_is_in_every_key() -> None:
    salts = ["", "a", "b", "', 'a"]
    assert len({image_key(IMAGE, salt) for salt in salts}) == len(salts)
    assert len({video_key(VIDEO, salt) for salt in salts}) == len(salts)
    assert image_key(IMAGE, "a") == image_key(IMAGE, "a")


def test_a_view_has_the_key_of_its_copy() -> None:
    view = dataclasses.replace(IMAGE, pixels=PIXELS[:, ::-1])
    assert image_key(view) == image_key(dataclasses.replace(IMAGE, pixels=view.pixels.copy()))
    assert image_key(view) != image_key(IMAGE)
