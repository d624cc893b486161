"""Describes the served model: names, limits, defaults, features.

GetModel sends the description and the validator checks against it: stated limits are enforced.
"""

from collections.abc import Sequence

from nemotron_vl.v1 import model_pb2

from inference_server.checkpoint.generation_config import GenerationConfig
from inference_server.config import MediaConfig, RpcConfig

# Names under which clients know this model, whatever name is configured.
_WELL_KNOWN_NAMES = (
    "nvidia/nemotron-nano-12b-v2-vl",
    "nvidia/NVIDIA-Nemotron-Nano-12B-v2-VL-BF16",
    "nvidia/NVIDIA-Nemotron-Nano-12B-v2-VL-FP8",
    "nvidia/NVIDIA-Nemotron-Nano-12B-v2-VL-NVFP4-QAD",
)
# Clients may name the precision that they expect; the one model answers to all of them.
_PRECISIONS = ("-fp8", "-nvfp4-qad")

_MAX_MESSAGES = 4096
_MAX_PARTS = 8192
_MAX_TEXT_BYTES = 2 * 2**20
_MAX_CHOICES = 32
_MAX_STOP_STRINGS = 64
_MAX_STOP_STRING_BYTES = 1024
_MAX_STOP_TOKEN_IDS = 256
_MAX_LOGIT_BIAS = 1024
_MAX_TOP_LOGPROBS = 20
_MAX_TOOLS = 128


def served_model(
    names: Sequence[str],
    *,
    checkpoint: str,
    revision: str | None,
    is_mock: bool,
    limits: model_pb2.Limits,
    media: MediaConfig,
    generation: GenerationConfig,
    eos_id: int,
) -> model_pb2.Model:
    """The description of the model called names[0]; the other names are aliases.

    `generation` holds the checkpoint's defaults, eos_id is its tokenizer's end of turn.
    """
    model = model_pb2.Model(
        name=names[0],
        aliases=_aliases(names),
        checkpoint=checkpoint,
        revision=revision,
        is_mock=is_mock,
        limits=limits,
        defaults=model_pb2.Defaults(
            temperature=generation.temperature,
            top_p=generation.top_p,
            top_k=generation.top_k,
            eos_token_ids=dict.fromkeys((eos_id, *generation.eos_token_ids)),
            video_fps=media.video_fps,
            video_pruning_rate=media.video_pruning_rate,
        ),
        features=model_pb2.Features(
            images=limits.max_images > 0,
            videos=limits.max_videos > 0,
            tools=True,
            thinking=True,
            response_format=False,
            pipeline=True,
        ),
    )
    model.create_time.GetCurrentTime()
    return model


def build_limits(
    media: MediaConfig,
    rpc: RpcConfig,
    *,
    max_model_len: int,
    max_tiles: int,
    tokens_per_tile: int,
    vocab_size: int,
) -> model_pb2.Limits:
    """All hard limits: the constants of this file, the settings and the model's own."""
    # The least that an image or a video takes: one tile between its two tags.
    most_media = min(max(max_model_len // (tokens_per_tile + 2), 1), _MAX_PARTS)
    return model_pb2.Limits(
        max_model_len=max_model_len,
        max_messages=_MAX_MESSAGES,
        max_parts=_MAX_PARTS,
        max_text_bytes=_MAX_TEXT_BYTES,
        max_images=most_media if media.max_images is None else media.max_images,
        max_videos=most_media if media.max_videos is None else media.max_videos,
        max_image_bytes=media.max_image_bytes,
        max_image_pixels=media.max_image_pixels,
        max_pixels=media.max_pixels,
        max_video_bytes=media.max_video_bytes,
        max_video_frames=media.max_video_frames,
        max_tiles=max_tiles,
        max_choices=_MAX_CHOICES,
        max_stop_strings=_MAX_STOP_STRINGS,
        max_stop_string_bytes=_MAX_STOP_STRING_BYTES,
        max_stop_token_ids=_MAX_STOP_TOKEN_IDS,
        max_logit_bias=_MAX_LOGIT_BIAS,
        max_top_logprobs=_MAX_TOP_LOGPROBS,
        max_tools=_MAX_TOOLS,
        max_batch_items=rpc.max_batch_items,
        max_message_bytes=rpc.max_message_bytes,
        vocab_size=vocab_size,
    )


def _aliases(names: Sequence[str]) -> list[str]:
    known = (*names, *_WELL_KNOWN_NAMES)
    variants = (name + precision for name in names for precision in _PRECISIONS)
    seen = dict.fromkeys((*known, *(_WELL_KNOWN_NAMES[0] + p for p in _PRECISIONS), *variants))
    return [name for name in seen if name != names[0]]
