"""Every setting of the server, declared once.

A field's name makes its flag (`--max-num-seqs`) and its environment variable
(`NEMOTRON_VL_MAX_NUM_SEQS`); `aliases` are the other variables that mean the same. What is read
from where is settled in `settings`; nothing here touches the environment.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MIB = 2**20
GIB = 2**30


def _setting(default: Any, description: str, *, aliases: Sequence[str] = (), **bounds: Any) -> Any:
    return Field(
        default=default,
        description=description,
        json_schema_extra={"aliases": list(aliases)},
        validate_default=False,
        **bounds,
    )


def _auto_is_none(value: object) -> object:
    return None if value in ("auto", "-1", -1) else value


def _auto_is_float32(value: object) -> object:
    return "float32" if value == "auto" else value


def _level(value: object) -> object:
    if not isinstance(value, str):
        return value
    return {"DEFAULT": "INFO", "TRACE": "DEBUG"}.get(value.upper(), value.upper())


def _names(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(name for name in (part.strip() for part in value.split(",")) if name)


def _hub_id(value: object) -> object:
    return value.removeprefix("hf://") if isinstance(value, str) else value


def _json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


class EngineConfig(BaseModel):
    """How the engine runs the model. What it measures at start is not here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: str = _setting(
        "auto",
        "cpu, cuda or cuda:N; auto takes CUDA when there",
        pattern=r"^(auto|cpu|cuda(:\d+)?)$",
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = _setting(
        "auto", "type of weights and activations; auto: the checkpoint's on CUDA, float32 on CPU"
    )
    quantization: Literal["none", "fp8"] = _setting(
        "none",
        "fp8 rounds the language model's linear layers at load; an FP8 checkpoint needs no telling",
    )
    ssm_dtype: Annotated[
        Literal["float32", "bfloat16", "float16"], BeforeValidator(_auto_is_float32)
    ] = _setting(
        "float32", "type of the Mamba states; auto: float32", aliases=["NIM_MAMBA_SSM_CACHE_DTYPE"]
    )
    max_model_len: Annotated[int | None, BeforeValidator(_auto_is_none)] = _setting(
        None,
        "prompt and completion together, in tokens; auto: the checkpoint's",
        aliases=["NIM_MAX_MODEL_LEN"],
        ge=2,
    )
    max_num_seqs: int = _setting(
        64, "sequences that run at once", aliases=["NIM_MAX_NUM_SEQS"], ge=1, le=4096
    )
    max_num_batched_tokens: Annotated[int | None, BeforeValidator(_auto_is_none)] = _setting(
        None,
        "tokens of one step; auto: 8192 on CUDA, 2048 on CPU",
        aliases=["NIM_MAX_NUM_BATCHED_TOKENS"],
        ge=1,
        le=2**20,
    )
    max_tiles_per_step: Annotated[int | None, BeforeValidator(_auto_is_none)] = _setting(
        None, "tiles that one step encodes; auto: 26 on CUDA, 16 on CPU", ge=1, le=4096
    )
    max_tokens_beside_decodes: int = _setting(
        2048, "tokens of prompts in a step that running streams wait for", ge=1, le=2**20
    )
    max_tiles_beside_decodes: int = _setting(
        8, "tiles encoded in a step that running streams wait for", ge=1, le=4096
    )
    max_waiting: int = _setting(4096, "sequences that wait before one is refused", ge=1)
    block_size: int = _setting(64, "tokens of one KV block", ge=1, le=4096)
    num_blocks: int | None = _setting(None, "KV blocks; unset: measured", ge=2)
    gpu_memory_fraction: float = _setting(
        0.9,
        "share of the GPU's memory to use",
        aliases=["NIM_GPU_MEM_FRACTION", "NIM_GPU_MEMORY_UTILIZATION", "NIM_KVCACHE_PERCENT"],
        gt=0.0,
        le=1.0,
    )
    cpu_cache_bytes: int = _setting(GIB, "KV cache and states, when on CPU", ge=MIB)
    vision_cache_bytes: int = _setting(512 * MIB, "encoded pictures kept for reuse", ge=0)
    stall_timeout_s: float = _setting(
        300.0, "an engine that makes no progress for so long counts as dead", gt=0.0
    )


class VideoSampling(BaseModel):
    """How frames are chosen; with both values the fewer frames win."""

    model_config = ConfigDict(frozen=True)

    fps: float | None = Field(default=None, gt=0.0, allow_inf_nan=False)
    num_frames: int | None = Field(default=None, ge=1)


class MediaIoKwargs(BaseModel):
    """The shape of NIM_MEDIA_IO_KWARGS; keys that are not ours are ignored."""

    model_config = ConfigDict(frozen=True)

    video: VideoSampling = VideoSampling()


class MediaConfig(BaseModel):
    """What pictures and videos may cost, and how frames are chosen by default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_images: int = _setting(
        16, "images of one conversation", aliases=["NIM_MAX_IMAGES_PER_PROMPT"], ge=0, le=1024
    )
    max_videos: int = _setting(
        1, "videos of one conversation", aliases=["NIM_MAX_VIDEOS_PER_PROMPT"], ge=0, le=64
    )
    max_image_bytes: int = _setting(32 * MIB, "encoded bytes of one image", ge=1)
    max_image_pixels: int = _setting(64_000_000, "width times height of one image", ge=1)
    max_pixels: int = _setting(
        256_000_000, "pixels of one conversation, images and sampled frames together", ge=1
    )
    max_video_bytes: int = _setting(60 * MIB, "encoded bytes of one video", ge=1)
    max_video_frames: int = _setting(128, "frames sampled from one video", ge=1, le=4096)
    media_io_kwargs: Annotated[MediaIoKwargs, BeforeValidator(_json)] = _setting(
        MediaIoKwargs(video=VideoSampling(fps=4.0)),
        'how frames are chosen where a request does not say, as JSON: {"video": {"fps": 4.0}}',
        aliases=["NIM_MEDIA_IO_KWARGS"],
    )
    video_pruning_rate: float = _setting(
        0.0,
        "share of video tokens dropped by Efficient Video Sampling",
        aliases=["NIM_VIDEO_PRUNING_RATE"],
        ge=0.0,
        lt=1.0,
    )
    num_image_threads: int = _setting(4, "threads that decode images", ge=1, le=64)
    num_video_processes: int = _setting(2, "processes that decode videos", ge=1, le=64)
    max_pixel_bytes: int = _setting(
        4 * GIB, "decoded pixels in memory beyond which no request decodes", ge=1
    )

    @property
    def video_fps(self) -> float | None:
        return self.media_io_kwargs.video.fps

    @property
    def video_num_frames(self) -> int | None:
        return self.media_io_kwargs.video.num_frames


class MockConfig(BaseModel):
    """How the mock engine behaves, when it is chosen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mock: bool = _setting(False, "answer without a model", aliases=["ENABLE_MOCK_INFERENCE"])
    mock_tokens_per_s: float = _setting(
        200.0, "tokens a second of each mock sequence; 0: as fast as can be", ge=0.0
    )
    mock_first_token_delay_s: float = _setting(0.0, "wait before a mock's first token", ge=0.0)


class LogConfig(BaseModel):
    """How the process logs, to stderr."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_level)
    ] = _setting("INFO", "least severe level logged", aliases=["NIM_LOG_LEVEL"])
    jsonl_logging: bool = _setting(
        False,
        "one JSON object a line instead of text",
        aliases=["NIM_JSONL_LOGGING", "NIM_LOGGING_JSONL"],
    )


class RpcConfig(BaseModel):
    """Where the server listens and how much it takes on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grpc_host: str = _setting("127.0.0.1", "address to listen on", min_length=1)
    grpc_port: int = _setting(
        8001, "gRPC port; 0 lets the system choose", aliases=["NIM_GRPC_API_PORT"], ge=0, le=65535
    )
    max_message_bytes: int = _setting(64 * MIB, "bytes of one gRPC message", ge=64 * 1024)
    max_calls: int = _setting(8192, "calls in flight before one is refused", ge=1)
    max_calls_bytes: int = _setting(4 * GIB, "bytes of the requests in flight", ge=MIB)
    max_batch_items: int = _setting(1024, "items of one batch", ge=1)
    max_batch_concurrency: int = _setting(64, "items of one batch that run at once", ge=1)
    drain_grace_s: float = _setting(30.0, "wait for running calls after SIGTERM", ge=0.0)


class CheckpointConfig(BaseModel):
    """Which checkpoint is served, under which names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Annotated[str | None, BeforeValidator(_hub_id)] = _setting(
        None,
        "checkpoint: a folder or a hub id; unset: the small demo model that comes with the package",
        aliases=["NIM_MODEL_PATH"],
    )
    revision: str | None = _setting(None, "revision of a hub id")
    served_model_name: Annotated[tuple[str, ...], BeforeValidator(_names)] = _setting(
        ("nvidia/nemotron-nano-12b-v2-vl",),
        "names to answer to, comma separated; the first is the model's own",
        aliases=["NIM_SERVED_MODEL_NAME"],
        min_length=1,
    )
    cache_path: Path | None = _setting(
        None,
        "where downloaded checkpoints are kept; unset: the Hugging Face cache",
        aliases=["NIM_CACHE_PATH"],
    )


class ServerConfig(BaseModel):
    """All of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    checkpoint: CheckpointConfig = CheckpointConfig()
    rpc: RpcConfig = RpcConfig()
    engine: EngineConfig = EngineConfig()
    media: MediaConfig = MediaConfig()
    mock: MockConfig = MockConfig()
    log: LogConfig = LogConfig()
