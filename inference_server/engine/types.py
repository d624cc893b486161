"""The values that cross the engine's border.

Knows token ids and pixels; knows neither text, protobuf, torch nor asyncio.
"""

import enum
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np


class FinishReason(enum.Enum):
    """Why a sequence ended. A canceled one has no reader and so no reason."""

    STOP = "stop"
    LENGTH = "length"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """How an image is cut: columns x rows tiles, and a thumbnail of the whole image or none."""

    columns: int
    rows: int
    has_thumbnail: bool

    @property
    def num_tiles(self) -> int:
        return self.columns * self.rows + self.has_thumbnail


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMedia:
    """An image and how it is cut.

    pixels [height, width, 3] uint8 RGB, upright. The engine resizes it to the grid's tiles without
    keeping the aspect ratio, row by row; a thumbnail comes last.
    """

    pixels: np.ndarray
    grid: Grid

    @property
    def num_tiles(self) -> int:
        return self.grid.num_tiles


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoMedia:
    """Sampled frames, one tile each, and the token ids between them.

    frames [F, height, width, 3] uint8 RGB. separators has F + 1 entries: entry k stands before
    the tokens of frame k, the last one closes the span. pruning_rate is the share of frame tokens
    that Efficient Video Sampling drops, 0 for none.
    """

    frames: np.ndarray
    separators: tuple[tuple[int, ...], ...]
    pruning_rate: float

    @property
    def num_tiles(self) -> int:
        return len(self.frames)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The part of a prompt whose embeddings come from one image or video.

    `key` covers everything that the embeddings depend on: equal keys mean equal embeddings.
    """

    key: bytes
    start: int
    length: int
    media: ImageMedia | VideoMedia

    @property
    def end(self) -> int:
        return self.start + self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The start of a sequence: token_ids [num_tokens] int32, and spans in order of their start."""

    token_ids: np.ndarray
    spans: tuple[Span, ...] = ()

    def __len__(self) -> int:
        return len(self.token_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How tokens are chosen and when a sequence ends. Every value is checked and concrete.

    temperature 0 is greedy; top_k 0 keeps all tokens. stop_token_ids includes the model's end of
    turn unless the request ignores it. top_logprobs None asks for no log probabilities.
    """

    max_tokens: int
    min_tokens: int = 0
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    seed: int = 0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    repetition_penalty: float = 1.0
    stop_token_ids: frozenset[int] = frozenset()
    logit_bias: tuple[tuple[int, float], ...] = ()
    top_logprobs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLogprob:
    """Natural-log probability of a token in the raw distribution, and of the likeliest ones."""

    token_id: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutput:
    """New tokens of one sequence: one, or several if its reader lagged.

    A stop token that ended the sequence is the last of token_ids. logprobs has an entry for each
    token, or is empty if none were asked for.
    """

    token_ids: tuple[int, ...]
    logprobs: tuple[TokenLogprob, ...] = ()
    finish: FinishReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How busy the engine is. cache_usage is the share of KV blocks in use, 0 to 1."""

    num_running: int
    num_waiting: int
    num_waiting_tokens: int
    cache_usage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """The work of one step, and the engine's state after it.

    Decodes and chunks are the rows of the step. num_preempted counts from the engine's start.
    """

    num_decodes: int = 0
    num_chunks: int = 0
    num_tokens: int = 0
    num_tiles: int = 0
    num_running: int = 0
    num_waiting: int = 0
    num_waiting_tokens: int = 0
    num_preempted: int = 0
    cache_usage: float = 0.0


class TokenStream(Protocol):
    """The outputs of one sequence, up to the one that has a finish.

    Iterating raises ServerError if the sequence failed. A reader that stops early must cancel.
    """

    def __aiter__(self) -> AsyncIterator[StepOutput]: ...

    def cancel(self) -> None:
        """Ends the sequence at the next step border. Harmless after its end."""
        ...


class Engine(Protocol):
    """The engine's border, called from one event loop.

    max_model_len bounds prompt and completion together.
    """

    max_model_len: int

    async def start(self) -> None:
        """Loads everything; returns when it is ready."""
        ...

    async def stop(self) -> None:
        """Ends every sequence and frees everything."""
        ...

    def submit(self, prompt: Prompt, sampling: Sampling) -> TokenStream:
        """Queues a sequence. Raises NotServing, Overloaded, or InvalidArgument for media that the
        vision cache cannot hold together.

        The caller has checked lengths and token ids: a ValueError is the server's own mistake.
        """
        ...

    def load(self) -> Load: ...

    def is_alive(self) -> bool:
        """False once the engine has failed or stalled."""
        ...
