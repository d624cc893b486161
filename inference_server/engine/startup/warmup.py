"""The warm-up: made-up requests take every path once, the largest step included.

So no real request waits for what the first one compiles or allocates.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from inference_server.engine.execution.runner import Pending, Runner
from inference_server.engine.execution.step import advance
from inference_server.engine.scheduling.budget import Budget
from inference_server.engine.scheduling.limits import Limits
from inference_server.engine.scheduling.scheduler import Scheduler
from inference_server.engine.scheduling.sequence import Sequence
from inference_server.engine.types import Grid, ImageMedia, Prompt, Sampling, Span, VideoMedia

_PLAIN = Sampling(max_tokens=12)
_GREEDY = Sampling(max_tokens=12, temperature=0.0)
_EVERYTHING = Sampling(
    max_tokens=6,
    min_tokens=6,
    temperature=0.7,
    top_p=0.9,
    top_k=50,
    min_p=0.01,
    frequency_penalty=0.1,
    presence_penalty=0.1,
    repetition_penalty=1.1,
    stop_token_ids=frozenset([0]),
    logit_bias=((1, -1.0),),
    top_logprobs=1,
)
_NUM_FRAMES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmup:
    """Fills a step with as many sequences as may run, then computes long ones."""

    limits: Limits
    budget: Budget

    def run(self, scheduler: Scheduler, runner: Runner) -> None:
        """Raises RuntimeError if a step runs out of memory. Leaves only cached media behind."""
        requests = [*self._full_step(scheduler.max_num_running), *self._long_prompts()]
        # Negative, since the engine's own ids are positive.
        for index, (prompt, sampling) in enumerate(requests, start=-len(requests)):
            scheduler.add(Sequence(index, prompt, sampling))
        pending: Pending | None = None
        while pending is not None or not scheduler.is_idle:
            pending, result = advance(scheduler, runner, pending)
            if result.failed:
                raise RuntimeError(f"the warm-up failed: {'; '.join(set(result.failed.values()))}")

    def _full_step(self, size: int) -> Iterator[tuple[Prompt, Sampling]]:
        """Short prompts that fill one step together. Every second one ends early."""
        room = self.limits.max_model_len - _EVERYTHING.max_tokens
        length = max(1, min(self.budget.max_num_tokens // size, room))
        for index in range(size):
            yield _text(length), replace(_EVERYTHING, max_tokens=2) if index % 2 else _EVERYTHING

    def _long_prompts(self) -> Iterator[tuple[Prompt, Sampling]]:
        """A text of more than one step, a large image and a pruned video, if limits allow them."""
        room = self.limits.max_model_len - _PLAIN.max_tokens
        yield _text(max(1, min(self.budget.max_num_tokens * 5 // 4, room))), _PLAIN
        tokens_per_tile, most = self.limits.tokens_per_tile, self.budget.max_num_tiles
        for media, length in (
            (_image(num_tiles=most), most * tokens_per_tile),
            (_video(), _NUM_FRAMES * tokens_per_tile // 2 + _NUM_FRAMES + 1),
        ):
            span = Span(key=repr(media.num_tiles).encode(), start=1, length=length, media=media)
            prompt = Prompt(token_ids=np.zeros(length + 2, dtype=np.int32), spans=(span,))
            if self.limits.fits(prompt, _GREEDY):
                yield prompt, _GREEDY


def _text(length: int) -> Prompt:
    return Prompt(token_ids=np.zeros(length, dtype=np.int32))


def _image(*, num_tiles: int) -> ImageMedia:
    pixels = np.zeros((300, 400, 3), dtype=np.uint8)
    return ImageMedia(pixels=pixels, grid=Grid(columns=num_tiles, rows=1, has_thumbnail=False))


def _video() -> VideoMedia:
    frames = np.zeros((_NUM_FRAMES, 300, 400, 3), dtype=np.uint8)
    return VideoMedia(frames=frames, separators=((0,),) * (_NUM_FRAMES + 1), pruning_rate=0.5)
