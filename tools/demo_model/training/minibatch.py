"""Samples as arrays: what one step of training takes.

Letters: I images, B sequences, L their common length, W words, P image tokens, Y targets.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from inference_server.prompt.build import PromptBuilder
from inference_server.prompt.tokenizer import Tokenizer
from tools.demo_model.conversation import answer_text, to_generation, to_media
from tools.demo_model.sample import Sample

_PIXEL = np.zeros((1, 1, 3), dtype=np.uint8)


class Minibatch(NamedTuple):
    """Sequences of one length, padded at the end.

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
        return Minibatch(*(tensor.to(device, non_blocking=True) for tensor in self))

    @classmethod
    def join(cls, batches: Sequence["Minibatch"]) -> "Minibatch":
        """Joins minibatches of one length."""
        tokens_per_tile = (batches[0].tiles.shape[1] // 32) ** 2
        to_image = torch.tensor([1, 0, 0]).to(batches[0].labels.device, non_blocking=True)
        parts, images, flat = [], 0, 0
        for batch in batches:
            part = batch._replace(
                words=batch.words + flat,
                places=batch.places + flat,
                sources=batch.sources + images * tokens_per_tile,
                rows=batch.rows + flat,
                labels=batch.labels + images * to_image,
            )
            parts.append(part)
            images, flat = images + len(batch.tiles), flat + batch.token_ids.numel()
        return cls(*map(torch.cat, zip(*parts, strict=True)))


@dataclass(slots=True)
class Collector:
    """Gathers samples until there are enough sequences of one length for a minibatch.

    A sample goes to the shortest of `lengths` that holds it; one that none holds is left out.
    """

    tokenizer: Tokenizer
    builder: PromptBuilder
    tokens_per_batch: int
    lengths: tuple[int, ...]
    _waiting: dict[int, list[Minibatch]] = field(default_factory=dict)

    def add(self, sample: Sample) -> Iterator[Minibatch]:
        """Takes a sample; yields the minibatch that it completes, if it does."""
        turns = list(self._turns(sample))
        longest = max(len(token_ids) for token_ids, _ in turns)
        length = next((length for length in self.lengths if length >= longest), None)
        if length is None:
            return
        waiting = self._waiting.setdefault(length, [])
        waiting.append(self._arrays(sample, turns, length))
        if sum(batch.token_ids.numel() for batch in waiting) >= self.tokens_per_batch:
            del self._waiting[length]
            yield Minibatch.join(waiting)

    def _turns(self, sample: Sample) -> Iterator[tuple[np.ndarray, int]]:
        """For each answer the whole sequence, and where in it the answer begins."""
        # A picture is one tile whatever its size, and a pixel is named by its content at once.
        stand_in = replace(sample, images=(_PIXEL,) * len(sample.images))
        for index, message in enumerate(sample.messages):
            if message["role"] != "assistant":
                continue
            built = self.builder.build(to_generation(sample, index), to_media(stand_in, index))
            text = answer_text(message)
            # Otherwise it would be taught that an opened reasoning need not be closed.
            assert ("</think>" in text) == built.is_thinking, message
            answer = [*self.tokenizer.encode(text), self.tokenizer.eos_id]
            token_ids = np.concatenate([built.prompt.token_ids, np.array(answer, dtype=np.int32)])
            yield token_ids, len(built.prompt)

    def _arrays(
        self, sample: Sample, turns: list[tuple[np.ndarray, int]], length: int
    ) -> Minibatch:
        token_ids = np.stack([np.pad(ids, (0, length - len(ids))) for ids, _ in turns])
        sizes, starts = np.array([(len(ids), start) for ids, start in turns]).T[:, :, None]
        is_filled = np.arange(length) < sizes
        is_answer = is_filled & (np.arange(length) >= starts)
        is_image = is_filled & (token_ids == self.tokenizer.special_id("<image>"))
        labels = [np.insert(pairs, 0, image, axis=1) for image, pairs in enumerate(sample.labels)]
        arrays = {
            "tiles": np.array(sample.images, dtype=np.uint8).reshape(-1, 512, 512, 3),
            "token_ids": token_ids,
            "words": np.flatnonzero(is_filled & ~is_image),
            "places": np.flatnonzero(is_image),
            "sources": np.concatenate([np.arange(count) for count in is_image.sum(axis=1)]),
            "rows": np.flatnonzero(is_answer) - 1,
            "targets": token_ids[is_answer].astype(np.int64),
            "labels": np.concatenate([np.zeros((0, 3)), *labels]).astype(np.int64),
        }
        return Minibatch(**{name: torch.from_numpy(array) for name, array in arrays.items()})
