from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor

from inference_server.engine.execution.encoder import Encoder
from inference_server.engine.scheduling.plan import Encode, Row
from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.types import Grid, ImageMedia, Sampling, Span, VideoMedia
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from inference_server.models.tiles import Tiler
from tests.inference_server.engine.prompts import image, prompt_of, span_of, video, words


class SmallMemory:
    """A model on a device that runs out of memory when it is given too many tiles."""

    def __init__(self, model: NemotronNanoVL, max_tiles: int) -> None:
        self.config = model.config
        self.embed = model.embed
        self.calls: list[int] = []
        self._model = model
        self._max_tiles = max_tiles

    def encode_images(self, tiles: Tensor) -> Tensor:
        self.calls.append(len(tiles))
        if len(tiles) > self._max_tiles:
            raise torch.OutOfMemoryError("out of memory")
        return self._model.encode_images(tiles)


def make_encoder(model: NemotronNanoVL | SmallMemory) -> Encoder:
    return Encoder(cast(NemotronNanoVL, model), device=torch.device("cpu"), dtype=torch.float32)


def whole(media: ImageMedia | VideoMedia, key: bytes) -> Encode:
    span = span_of(media, key=key, start=0)
    return Encode(span=span, start=0, stop=media.num_tiles)


@torch.inference_mode()
def rows_of(encoder: Encoder, span: Span) -> Tensor:
    """The rows that a prompt of this span alone gets."""
    sequence = Sequence(0, prompt_of([(span.key, span.media)]), Sampling(max_tokens=1))
    row = Row(sequence=sequence, start=0, length=span.length, is_sampled=True, output_index=0)
    x = torch.zeros(span.length, 64)
    encoder.place(x, [row], start=0)
    return x


@torch.inference_mode()
def test_rows_are_those_of_the_model_whatever_is_encoded_together(model: NemotronNanoVL) -> None:
    media = image(1)
    config = model.config
    tiler = Tiler(
        tile_size=config.tile_size,
        mean=config.norm_mean,
        std=config.norm_std,
        device=torch.device("cpu"),
        dtype=torch.float32,
    )
    pixels = torch.from_numpy(media.pixels)
    tiles = tiler.image(pixels, columns=2, rows=1, has_thumbnail=True)
    encoder = make_encoder(model)
    first, second = whole(media, b"a"), whole(image(2), b"b")
    assert encoder.encode([first, second]) == []
    torch.testing.assert_close(
        rows_of(encoder, first.span), model.encode_images(tiles).flatten(0, 1)
    )


@pytest.mark.parametrize("media", [image(1), video(1), video(2, pruning_rate=0.0)])
@torch.inference_mode()
def test_tiles_may_come_in_several_steps(
    model: NemotronNanoVL, media: ImageMedia | VideoMedia
) -> None:
    once, stepwise = make_encoder(model), make_encoder(model)
    encode = whole(media, b"a")
    once.encode([encode])
    for tile in range(media.num_tiles):
        stepwise.encode([Encode(span=encode.span, start=tile, stop=tile + 1)])
    torch.testing.assert_close(rows_of(stepwise, encode.span), rows_of(once, encode.span))


@torch.inference_mode()
def test_places_the_part_of_a_span_that_a_chunk_covers(model: NemotronNanoVL) -> None:
    encoder = make_encoder(model)
    prompt = prompt_of([words(3), (b"a", image(1)), words(2)])
    encoder.encode([Encode(span=prompt.spans[0], start=0, stop=3)])
    expected = rows_of(encoder, prompt.spans[0])
    sequence = Sequence(0, prompt, Sampling(max_tokens=1))
    rows = [
        Row(sequence=sequence, start=start, length=length, is_sampled=False, output_index=0)
        for start, length in ((1, 4), (5, 12))
    ]
    x = torch.full((20, 64), 7.0)
    encoder.place(x, rows, start=4)
    assert (x[:6] == 7.0).all()
    assert torch.equal(x[6:18], expected)
    assert (x[18:] == 7.0).all()


@torch.inference_mode()
def test_too_much_for_one_call_is_encoded_one_by_one(model: NemotronNanoVL) -> None:
    small = SmallMemory(model, max_tiles=3)
    encoder = make_encoder(small)
    encodes = [whole(image(1), b"a"), whole(image(2, columns=3), b"b"), whole(video(1), b"c")]
    assert encoder.encode(encodes) == [b"b", b"c"]
    assert small.calls == [12, 3, 4, 5]
    plain = make_encoder(model)
    plain.encode(encodes[:1])
    torch.testing.assert_close(rows_of(encoder, encodes[0].span), rows_of(plain, encodes[0].span))


@torch.inference_mode()
def test_a_complete_image_is_retried_after_another_ran_out_of_memory(
    model: NemotronNanoVL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory runs out once, for the separators of the video, after the image is complete."""
    media = whole(image(1), b"a")
    first, rest = (
        Encode(span=media.span, start=start, stop=stop) for start, stop in ((0, 1), (1, media.stop))
    )
    encoder, other = make_encoder(model), make_encoder(model)
    other.encode([media])
    encoder.encode([first])
    embed, failures = model.embed, [torch.OutOfMemoryError("out of memory")]

    def embed_later(token_ids: Tensor) -> Tensor:
        if failures:
            raise failures.pop()
        return embed(token_ids)

    monkeypatch.setattr(model, "embed", embed_later)
    assert encoder.encode([rest, whole(video(1), b"b")]) == []
    assert not failures
    torch.testing.assert_close(rows_of(encoder, media.span), rows_of(other, media.span))


@torch.inference_mode()
def test_a_broken_image_fails_alone(model: NemotronNanoVL) -> None:
    broken = ImageMedia(
        pixels=np.zeros((0, 5, 3), dtype=np.uint8),
        grid=Grid(columns=1, rows=1, has_thumbnail=False),
    )
    encoder = make_encoder(model)
    assert encoder.encode([whole(broken, b"broken"), whole(image(1), b"a")]) == [b"broken"]
    assert rows_of(encoder, whole(image(1), b"a").span).abs().sum() > 0


@torch.inference_mode()
def test_pixels_may_be_read_only(model: NemotronNanoVL) -> None:
    media = image(1)
    media.pixels.flags.writeable = False
    assert make_encoder(model).encode([whole(media, b"a")]) == []
