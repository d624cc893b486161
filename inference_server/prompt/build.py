"""Builds the engine's Prompt from a conversation and its decoded media.

All lengths are exact here, so that nothing below has to ask what an image costs.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from nemotron_vl.v1.content_pb2 import Image, Video
from nemotron_vl.v1.inference_pb2 import Generation, MediaCount

from inference_server.engine.types import ImageMedia, Prompt, Span, VideoMedia
from inference_server.media.decoded import Decoded, DecodedImage, DecodedVideo
from inference_server.media.grid import Tiling, retained_tokens
from inference_server.prompt.context_length import check_least
from inference_server.prompt.media_key import image_key, video_key
from inference_server.prompt.media_parts import media_parts
from inference_server.prompt.template import render
from inference_server.prompt.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltPrompt:
    """A prompt and its costs. `media` has one entry for each image and video, in prompt order.

    is_thinking: the prompt has opened the reasoning, so that the answer starts inside it.
    has_tools: the prompt offers tools, so that the answer may call them.
    """

    prompt: Prompt
    is_thinking: bool
    has_tools: bool
    media: tuple[MediaCount, ...]
    image_tokens: int
    video_tokens: int


class PromptBuilder:
    """Builds prompts for one model. video_pruning_rate is the default for videos that set none."""

    def __init__(
        self, tokenizer: Tokenizer, tiling: Tiling, *, video_pruning_rate: float = 0.0
    ) -> None:
        self._tokenizer = tokenizer
        self._tiling = tiling
        self._video_pruning_rate = video_pruning_rate
        self._image_id = tokenizer.special_id("<image>")
        self._video_id = tokenizer.special_id("<video>")
        self._open_id = tokenizer.special_id("<img>")
        self._close_id = tokenizer.special_id("</img>")

    def build(
        self,
        generation: Generation,
        media: Mapping[str, Decoded],
        *,
        max_model_len: int | None = None,
        is_given_up: Callable[[], bool] = lambda: False,
    ) -> BuiltPrompt:
        """`media` holds what was decoded of each part, by its path in the generation.

        Raises ContextLengthExceeded as soon as the text alone is sure to exceed `max_model_len`,
        and CancelledError once the prompt is given up.
        """
        rendered = render(generation, self._tokenizer)
        check = partial(check_least, sampling=generation.sampling, max_model_len=max_model_len)
        # Spares the seconds in which megabytes are encoded that will not fit.
        check(sum(map(self._least_tokens, rendered.pieces)))
        parts = list(media_parts(generation))
        images = ((path, part.image) for path, part in parts if part.HasField("image"))
        videos = ((path, part.video) for path, part in parts if part.HasField("video"))
        draft = _Draft(salt=generation.cache_salt)
        for piece in rendered.pieces:
            if piece == self._image_id:
                path, image = next(images)
                self._add_image(draft, image, media[path])
            elif piece == self._video_id:
                path, video = next(videos)
                self._add_video(draft, video, media[path])
            elif isinstance(piece, int):
                draft.ids.append(piece)
            else:
                for ids in self._tokenizer.encode_slices(piece):
                    check(draft.num_text_tokens)
                    draft.add_text(ids)
                    if is_given_up():
                        raise CancelledError
        assert len(draft.media) == len(media), "each of the media has one place in the prompt"
        return BuiltPrompt(
            prompt=Prompt(token_ids=np.array(draft.ids, dtype=np.int32), spans=tuple(draft.spans)),
            is_thinking=rendered.is_thinking,
            has_tools=rendered.has_tools,
            media=tuple(draft.media),
            image_tokens=sum(m.num_tokens for m in draft.media if not m.HasField("num_frames")),
            video_tokens=sum(m.num_tokens for m in draft.media if m.HasField("num_frames")),
        )

    def _least_tokens(self, piece: int | str) -> int:
        return 1 if isinstance(piece, int) else self._tokenizer.least_tokens(piece)

    def _add_image(self, draft: "_Draft", image: Image, decoded: Decoded) -> None:
        assert isinstance(decoded, DecodedImage)
        height, width, _ = decoded.pixels.shape
        max_tiles = image.max_tiles if image.HasField("max_tiles") else None
        grid = self._tiling.grid(width, height, max_tiles=max_tiles)
        media = ImageMedia(pixels=decoded.pixels, grid=grid)
        num_tokens = self._tiling.num_tokens(grid)
        draft.ids.append(self._open_id)
        draft.add_span(image_key(media, draft.salt), media, [self._image_id] * num_tokens)
        draft.ids.append(self._close_id)
        draft.media.append(
            MediaCount(width=width, height=height, num_tiles=grid.num_tiles, num_tokens=num_tokens)
        )

    def _add_video(self, draft: "_Draft", video: Video, decoded: Decoded) -> None:
        """Adds a span that holds the timestamps too, as pruning moves them between the tokens."""
        assert isinstance(decoded, DecodedVideo)
        num_frames, height, width, _ = decoded.frames.shape
        has_rate = video.HasField("pruning_rate")
        media = VideoMedia(
            frames=decoded.frames,
            separators=self._separators(decoded.timestamps_s),
            pruning_rate=video.pruning_rate if has_rate else self._video_pruning_rate,
        )
        num_tokens = retained_tokens(num_frames, self._tiling.tokens_per_tile, media.pruning_rate)
        draft.add_span(video_key(media, draft.salt), media, self._video_ids(media, num_tokens))
        draft.media.append(
            MediaCount(
                width=width,
                height=height,
                num_tiles=num_frames,
                num_frames=num_frames,
                num_tokens=num_tokens,
            )
        )

    def _separators(self, timestamps_s: tuple[float, ...]) -> tuple[tuple[int, ...], ...]:
        """The ids before each frame's tokens and, last, those after all of them."""
        openings = [
            self._tokenizer.encode(f"Frame {number} sampled at {timestamp_s:.2f} seconds: ")
            for number, timestamp_s in enumerate(timestamps_s, start=1)
        ]
        first, *others = ([*opening, self._open_id] for opening in openings)
        later = ((self._close_id, *opening) for opening in others)
        return (tuple(first), *later, (self._close_id,))

    def _video_ids(self, media: VideoMedia, num_tokens: int) -> list[int]:
        """The span's ids. As the model decides which tokens stay, all stand at the first frame."""
        per_frame = self._tiling.tokens_per_tile
        is_pruned = num_tokens < per_frame * media.num_tiles
        counts = [per_frame] * media.num_tiles
        if is_pruned:
            counts = [num_tokens] + [0] * (media.num_tiles - 1)
        ids: list[int] = []
        for separator, count in zip(media.separators, [*counts, 0], strict=True):
            ids += [*separator, *[self._image_id] * count]
        return ids


@dataclass(slots=True)
class _Draft:
    """A prompt in the making. Its media are reused only by requests with the same salt."""

    salt: str
    ids: list[int] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    media: list[MediaCount] = field(default_factory=list)
    num_text_tokens: int = 0

    def add_text(self, ids: list[int]) -> None:
        self.ids += ids
        self.num_text_tokens += len(ids)

    def add_span(self, key: bytes, media: ImageMedia | VideoMedia, ids: list[int]) -> None:
        self.spans.append(Span(key=key, start=len(self.ids), length=len(ids), media=media))
        self.ids += ids
