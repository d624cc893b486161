"""Every setting of the server, declared once.

A field's name makes its flag (`--max-num-seqs`) and its environment variable
(`NEMOTRON_VL_MAX_NUM_SEQS`); `aliases` are the other variables that mean the same. What is read
from where is settled in `settings`; nothing here touches the environment.
"""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from serving.settings import Auto, LogSettings, Settings, Several, setting

MIB = 2**20
GIB = 2**30


def _auto_is_float32(value: object) -> object:
    return "float32" if value == "auto" else value


def _hub_id(value: object) -> object:
    return value.removeprefix("hf://") if isinstance(value, str) else value


def _json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


class EngineConfig(Settings):
    """How the engine runs the model. What it measures at start is not here."""

    device: str = setting(
        "auto",
        "cpu, cuda or cuda:N; auto takes CUDA when there",
        pattern=r"^(auto|cpu|cuda(:\d+)?)$",
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = setting(
        "auto", "type of weights and activations; auto: the checkpoint's on CUDA, float32 on CPU"
    )
    quantization: Literal["none", "fp8"] = setting(
        "none",
        "fp8 rounds the language model's linear layers at load; an FP8 checkpoint needs no telling",
    )
    ssm_dtype: Annotated[
        Literal["float32", "bfloat16", "float16"], BeforeValidator(_auto_is_float32)
    ] = setting(
        "float32", "type of the Mamba states; auto: float32", aliases=["NIM_MAMBA_SSM_CACHE_DTYPE"]
    )
    max_model_len: Auto[int] = setting(
        "auto",
        "prompt and completion together, in tokens; auto: the checkpoint's",
        aliases=["NIM_MAX_MODEL_LEN"],
        ge=2,
    )
    max_num_seqs: int = setting(
        64, "sequences that run at once", aliases=["NIM_MAX_NUM_SEQS"], ge=1, le=4096
    )
    max_num_batched_tokens: Auto[int] = setting(
        "auto",
        "tokens of one step; auto: 8192 on CUDA, 2048 on CPU",
        aliases=["NIM_MAX_NUM_BATCHED_TOKENS"],
        ge=1,
        le=2**20,
    )
    max_tiles_per_step: Auto[int] = setting(
        "auto", "tiles that one step encodes; auto: 26 on CUDA, 16 on CPU", ge=1, le=4096
    )
    max_tokens_beside_decodes: int = setting(
        2048, "tokens of prompts in a step that running streams wait for", ge=1, le=2**20
    )
    max_tiles_beside_decodes: int = setting(
        8, "tiles encoded in a step that running streams wait for", ge=1, le=4096
    )
    max_waiting: int = setting(4096, "sequences that wait before one is refused", ge=1)
    block_size: int = setting(64, "tokens of one KV block", ge=1, le=4096)
    num_blocks: Auto[int] = setting("auto", "KV blocks; auto: measured", ge=2)
    gpu_memory_fraction: float = setting(
        0.9,
        "share of the GPU's memory to use",
        aliases=["NIM_GPU_MEM_FRACTION", "NIM_GPU_MEMORY_UTILIZATION", "NIM_KVCACHE_PERCENT"],
        gt=0.0,
        le=1.0,
    )
    cpu_cache_bytes: int = setting(GIB, "KV cache and states, when on CPU", ge=MIB)
    vision_cache_bytes: int = setting(512 * MIB, "encoded pictures kept for reuse", ge=0)
    stall_timeout_s: float = setting(
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


class MediaConfig(Settings):
    """What pictures and videos may cost, and how frames are chosen by default."""

    max_images: int = setting(
        16, "images of one conversation", aliases=["NIM_MAX_IMAGES_PER_PROMPT"], ge=0, le=1024
    )
    max_videos: int = setting(
        1, "videos of one conversation", aliases=["NIM_MAX_VIDEOS_PER_PROMPT"], ge=0, le=64
    )
    max_image_bytes: int = setting(32 * MIB, "encoded bytes of one image", ge=1)
    max_image_pixels: int = setting(64_000_000, "width times height of one image", ge=1)
    max_pixels: int = setting(
        256_000_000, "pixels of one conversation, images and sampled frames together", ge=1
    )
    max_video_bytes: int = setting(60 * MIB, "encoded bytes of one video", ge=1)
    max_video_frames: int = setting(128, "frames sampled from one video", ge=1, le=4096)
    media_io_kwargs: Annotated[MediaIoKwargs, BeforeValidator(_json)] = setting(
        MediaIoKwargs(video=VideoSampling(fps=4.0)),
        'how frames are chosen where a request does not say, as JSON: {"video": {"fps": 4.0}}',
        aliases=["NIM_MEDIA_IO_KWARGS"],
    )
    video_pruning_rate: float = setting(
        0.0,
        "share of video tokens dropped by Efficient Video Sampling",
        aliases=["NIM_VIDEO_PRUNING_RATE"],
        ge=0.0,
        lt=1.0,
    )
    num_image_threads: int = setting(4, "threads that decode images", ge=1, le=64)
    num_video_processes: int = setting(2, "processes that decode videos", ge=1, le=64)
    max_pixel_bytes: int = setting(
        4 * GIB, "decoded pixels in memory beyond which no request decodes", ge=1
    )

    @property
    def video_fps(self) -> float | None:
        return self.media_io_kwargs.video.fps

    @property
    def video_num_frames(self) -> int | None:
        return self.media_io_kwargs.video.num_frames


class MockConfig(Settings):
    """How the mock engine behaves, when it is chosen."""

    mock: bool = setting(False, "answer without a model", aliases=["ENABLE_MOCK_INFERENCE"])
    mock_tokens_per_s: float = setting(
        200.0, "tokens a second of each mock sequence; 0: as fast as can be", ge=0.0
    )
    mock_first_token_delay_s: float = setting(0.0, "wait before a mock's first token", ge=0.0)


class RpcConfig(Settings):
    """Where the server listens and how much it takes on."""

    grpc_host: str = setting("127.0.0.1", "address to listen on", min_length=1)
    grpc_port: int = setting(
        8001, "gRPC port; 0 lets the system choose", aliases=["NIM_GRPC_API_PORT"], ge=0, le=65535
    )
    max_message_bytes: int = setting(64 * MIB, "bytes of one gRPC message", ge=64 * 1024)
    max_calls: int = setting(8192, "calls in flight before one is refused", ge=1)
    max_calls_bytes: int = setting(4 * GIB, "bytes of the requests in flight", ge=MIB)
    max_batch_items: int = setting(1024, "items of one batch", ge=1)
    max_batch_concurrency: int = setting(64, "items of one batch that run at once", ge=1)
    drain_grace_s: float = setting(30.0, "wait for running calls after SIGTERM", ge=0.0)


class CheckpointConfig(Settings):
    """Which checkpoint is served, under which names."""

    model: Annotated[str | None, BeforeValidator(_hub_id)] = setting(
        None,
        "checkpoint: a folder or a hub id; unset: the small demo model that comes with the package",
        aliases=["NIM_MODEL_PATH"],
    )
    revision: str | None = setting(None, "revision of a hub id")
    served_model_name: Several[str] = setting(
        ("nvidia/nemotron-nano-12b-v2-vl",),
        "names to answer to, comma separated; the first is the model's own",
        aliases=["NIM_SERVED_MODEL_NAME"],
        min_length=1,
    )
    cache_path: Path | None = setting(
        None,
        "where downloaded checkpoints are kept; unset: the Hugging Face cache",
        aliases=["NIM_CACHE_PATH"],
    )


class ServerConfig(Settings):
    """All of them."""

    checkpoint: CheckpointConfig = CheckpointConfig()
    rpc: RpcConfig = RpcConfig()
    engine: EngineConfig = EngineConfig()
    media: MediaConfig = MediaConfig()
    mock: MockConfig = MockConfig()
    log: LogSettings = LogSettings()
