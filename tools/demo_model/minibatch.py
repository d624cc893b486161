"""Samples as arrays: what one step of training takes.

Letters: I images, B sequences, L their common length, W words, P image tokens, Y targets.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from inference_server.prompt.build import PromptBuilder
from inference_server.prompt.tokenizer import Tokenizer
from tools.demo_model.conversation import answer_text, to_generation, to_media
from tools.demo_model.sample import Sample

_PIXEL = np.zeros((1, 1, 3), dtype=np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One answer of a sample: the whole sequence, and where in it the answer begins."""

    token_ids: np.ndarray
    answer_start: int
    num_images: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Minibatch:
    """Sequences of one length, filled up at the end.

    tiles      [I, 512, 512, 3] uint8
    token_ids  [B, L] int32
    words      [W] int64, where in the flat token_ids anything but an image token stands
    places     [P] int64, where in the flat token_ids an image token stands
    sources    [P] int64, which of the I * 256 image embeddings it is
    rows       [Y] int64, the flat positions that predict a target
    targets    [Y] int64, the token ids they ought to predict
    labels     [N, 3] int64: image, patch, class
    """

    tiles: Tensor
    token_ids: Tensor
    words: Tensor
    places: Tensor
    sources: Tensor
    rows: Tensor
    targets: Tensor
    labels: Tensor

    def to(self, device: torch.device) -> "Minibatch":
        names = self.__dataclass_fields__
        return Minibatch(
            **{name: getattr(self, name).to(device, non_blocking=True) for name in names}
        )

    def pin_memory(self) -> "Minibatch":
        names = self.__dataclass_fields__
        return Minibatch(**{name: getattr(self, name).pin_memory() for name in names})

    @classmethod
    def join(cls, batches: Sequence["Minibatch"]) -> "Minibatch":
        """Several of one length as one."""
        images = _offsets(len(batch.tiles) for batch in batches)
        flat = _offsets(batch.token_ids.numel() for batch in batches)
        cells = batches[0].tokens_per_tile
        shift = torch.tensor([1, 0, 0]).to(batches[0].labels.device, non_blocking=True)
        return cls(
            tiles=torch.cat([b.tiles for b in batches]),
            token_ids=torch.cat([b.token_ids for b in batches]),
            words=torch.cat([b.words + at for b, at in zip(batches, flat, strict=True)]),
            places=torch.cat([b.places + at for b, at in zip(batches, flat, strict=True)]),
            sources=torch.cat(
                [b.sources + at * cells for b, at in zip(batches, images, strict=True)]
            ),
            rows=torch.cat([b.rows + at for b, at in zip(batches, flat, strict=True)]),
            targets=torch.cat([b.targets for b in batches]),
            labels=torch.cat(
                [b.labels + at * shift for b, at in zip(batches, images, strict=True)]
            ),
        )

    @property
    def tokens_per_tile(self) -> int:
        return (self.tiles.shape[1] // 32) ** 2


@dataclass(slots=True)
class Collector:
    """Gathers samples until there are enough sequences of one length for a minibatch.

    A sample goes to the shortest of `lengths` that holds it; one that none holds is left out.
    """

    tokenizer: Tokenizer
    builder: PromptBuilder
    tokens_per_batch: int
    lengths: tuple[int, ...]
    _waiting: dict[int, list[tuple[Sample, list[Turn]]]] = field(default_factory=dict)

    def add(self, sample: Sample) -> Iterator[Minibatch]:
        """Takes a sample; yields the minibatch that it completes, if it does."""
        turns = list(self._turns(sample))
        longest = max(len(turn.token_ids) for turn in turns)
        length = next((length for length in self.lengths if length >= longest), None)
        if length is None:
            return
        waiting = self._waiting.setdefault(length, [])
        waiting.append((sample, turns))
        if sum(len(turns) for _, turns in waiting) * length >= self.tokens_per_batch:
            del self._waiting[length]
            yield self._collate(waiting, length)

    def _turns(self, sample: Sample) -> Iterator[Turn]:
        # A picture is one tile whatever its size, and a pixel is named by its content at once.
        stand_in = replace(sample, images=(_PIXEL,) * len(sample.images))
        for index, message in enumerate(sample.messages):
            if message["role"] != "assistant":
                continue
            built = self.builder.build(to_generation(sample, index), to_media(stand_in, index))
            text, prompt = answer_text(message), built.prompt
            # Otherwise it would be taught that an opened reasoning need not be closed.
            assert ("</think>" in text) == built.is_thinking, message
            answer = [*self.tokenizer.encode(text), self.tokenizer.eos_id]
            num_images = sum(span.media.num_tiles for span in prompt.spans)
            yield Turn(
                token_ids=np.concatenate([prompt.token_ids, np.array(answer, dtype=np.int32)]),
                answer_start=len(prompt),
                num_images=num_images,
            )

    def _collate(self, waiting: list[tuple[Sample, list[Turn]]], length: int) -> Minibatch:
        image_id = self.tokenizer.special_id("<image>")
        turns = [turn for _, turns in waiting for turn in turns]
        token_ids = np.zeros((len(turns), length), dtype=np.int32)
        words, places, sources, rows, targets = [], [], [], [], []
        row, first_image = 0, 0
        for sample, own in waiting:
            for turn in own:
                start, size = row * length, len(turn.token_ids)
                token_ids[row, :size] = turn.token_ids
                words.append(start + np.flatnonzero(turn.token_ids != image_id))
                stand_ins = np.flatnonzero(turn.token_ids[: turn.answer_start] == image_id)
                per_image = len(stand_ins) // max(turn.num_images, 1)
                places.append(start + stand_ins)
                sources.append(first_image * per_image + np.arange(len(stand_ins)))
                rows.append(start + np.arange(turn.answer_start - 1, size - 1))
                targets.append(turn.token_ids[turn.answer_start :])
                row += 1
            first_image += len(sample.images)
        samples = [sample for sample, _ in waiting]
        return Minibatch(
            tiles=torch.from_numpy(_tiles(samples)),
            token_ids=torch.from_numpy(token_ids),
            words=torch.from_numpy(np.concatenate(words)).long(),
            places=torch.from_numpy(np.concatenate(places)).long(),
            sources=torch.from_numpy(np.concatenate(sources)).long(),
            rows=torch.from_numpy(np.concatenate(rows)).long(),
            targets=torch.from_numpy(np.concatenate(targets)).long(),
            labels=torch.from_numpy(_labels(samples)),
        )


def _tiles(samples: Sequence[Sample]) -> np.ndarray:
    images = [image for sample in samples for image in sample.images]
    return np.stack(images) if images else np.zeros((0, 512, 512, 3), dtype=np.uint8)


def _labels(samples: Sequence[Sample]) -> np.ndarray:
    per_image = [labels for sample in samples for labels in sample.labels]
    numbered = [
        np.concatenate([np.full((len(labels), 1), index), labels], axis=1)
        for index, labels in enumerate(per_image)
        if len(labels)
    ]
    return np.concatenate([np.zeros((0, 3), dtype=np.int64), *numbered]).astype(np.int64)


def _offsets(sizes: Iterable[int]) -> list[int]:
    offsets = [0]
    for size in sizes:
        offsets.append(offsets[-1] + size)
    return offsets[:-1]
