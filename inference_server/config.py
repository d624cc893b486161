"""Every setting of the server, declared once. `settings` says where their values come from."""

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from serving.settings import Auto, LogSettings, Settings, Several, setting

MIB = 2**20
GIB = 2**30


def _auto_is_float32(value: object) -> object:
    return "float32" if value == "auto" else value


def _hub_id(value: object) -> object:
    return value.removeprefix("hf://") if isinstance(value, str) else value


def _json(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"Input should be valid JSON: {error}") from None


def _checked_networks(networks: tuple[str, ...]) -> tuple[str, ...]:
    for network in networks:
        ip_network(network)
    return networks


class EngineConfig(Settings):
    """How the engine runs the model, without the values that it measures at startup."""

    device: str = setting(
        "auto",
        "cpu, cuda or cuda:N; auto: CUDA if available",
        pattern=r"^(auto|cpu|cuda(:\d+)?)$",
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = setting(
        "auto",
        "type of weights and activations; auto: the checkpoint's type on CUDA, float32 on CPU",
    )
    quantization: Literal["none", "fp8"] = setting(
        "none",
        "fp8 quantizes the language model's linear layers at load; an FP8 checkpoint needs no flag",
    )
    ssm_dtype: Annotated[
        Literal["float32", "bfloat16", "float16"], BeforeValidator(_auto_is_float32)
    ] = setting(
        "float32", "type of the Mamba states; auto: float32", aliases=["NIM_MAMBA_SSM_CACHE_DTYPE"]
    )
    max_model_len: Auto[int] = setting(
        "auto",
        "most tokens of prompt and completion together; auto: the checkpoint's limit",
        aliases=["NIM_MAX_MODEL_LEN"],
        ge=2,
    )
    max_num_seqs: int = setting(
        64, "most sequences that run at the same time", aliases=["NIM_MAX_NUM_SEQS"], ge=1, le=4096
    )
    max_num_batched_tokens: Auto[int] = setting(
        "auto",
        "most tokens in one step; auto: 8192 on CUDA, 2048 on CPU",
        aliases=["NIM_MAX_NUM_BATCHED_TOKENS"],
        ge=1,
        le=2**20,
    )
    max_tiles_per_step: Auto[int] = setting(
        "auto", "most image tiles encoded in one step; auto: 26 on CUDA, 16 on CPU", ge=1, le=4096
    )
    max_tokens_beside_decodes: int = setting(
        2048, "most prompt tokens in a step that also decodes running sequences", ge=1, le=2**20
    )
    max_tiles_beside_decodes: int = setting(
        8, "most image tiles encoded in a step that also decodes running sequences", ge=1, le=4096
    )
    max_waiting: int = setting(4096, "most waiting sequences; further ones are refused", ge=1)
    block_size: int = setting(64, "tokens in one KV block", ge=1, le=4096)
    num_blocks: Auto[int] = setting("auto", "number of KV blocks; auto: as many as fit", ge=2)
    gpu_memory_fraction: float = setting(
        0.9,
        "fraction of the GPU's memory to use",
        aliases=["NIM_GPU_MEM_FRACTION", "NIM_GPU_MEMORY_UTILIZATION", "NIM_KVCACHE_PERCENT"],
        gt=0.0,
        le=1.0,
    )
    cpu_cache_bytes: int = setting(GIB, "bytes of KV cache and states on CPU", ge=MIB)
    vision_cache_bytes: int = setting(512 * MIB, "bytes of encoded images kept for reuse", ge=0)
    stall_timeout_s: float = setting(
        300.0, "seconds without progress after which the engine counts as dead", gt=0.0
    )


class VideoSampling(BaseModel):
    """How frames are chosen. With both values, the one that gives fewer frames applies."""

    model_config = ConfigDict(frozen=True)

    fps: float | None = Field(default=None, gt=0.0, allow_inf_nan=False)
    num_frames: int | None = Field(default=None, ge=1)


class MediaIoKwargs(BaseModel):
    """The JSON object in NIM_MEDIA_IO_KWARGS. Unknown keys are ignored."""

    model_config = ConfigDict(frozen=True)

    video: VideoSampling = VideoSampling()


class MediaConfig(Settings):
    """Limits of images and videos, and how frames are chosen by default."""

    max_images: Auto[int] = setting(
        "auto",
        "most images in one conversation; 0: none; auto: as many as the context can hold",
        aliases=["NIM_MAX_IMAGES_PER_PROMPT"],
        ge=0,
        le=8192,
    )
    max_videos: Auto[int] = setting(
        "auto",
        "most videos in one conversation; 0: none; auto: as many as the context can hold",
        aliases=["NIM_MAX_VIDEOS_PER_PROMPT"],
        ge=0,
        le=8192,
    )
    max_image_bytes: int = setting(32 * MIB, "most encoded bytes of one image", ge=1)
    max_image_pixels: int = setting(
        64_000_000, "most pixels of one image, width times height", ge=1
    )
    max_pixels: int = setting(
        256_000_000, "most pixels in one conversation, images and sampled frames together", ge=1
    )
    max_video_bytes: int = setting(60 * MIB, "most encoded bytes of one video", ge=1)
    max_video_frames: int = setting(128, "most frames sampled from one video", ge=1, le=4096)
    media_io_kwargs: Annotated[MediaIoKwargs, BeforeValidator(_json)] = setting(
        MediaIoKwargs(video=VideoSampling(fps=4.0)),
        'how frames are chosen if a request does not say, as JSON: {"video": {"fps": 4.0}}',
        aliases=["NIM_MEDIA_IO_KWARGS"],
    )
    video_pruning_rate: float = setting(
        0.0,
        "fraction of video tokens dropped by Efficient Video Sampling",
        aliases=["NIM_VIDEO_PRUNING_RATE"],
        ge=0.0,
        lt=1.0,
    )
    num_image_threads: int = setting(4, "threads that decode images", ge=1, le=64)
    num_video_processes: int = setting(2, "processes that decode videos", ge=1, le=64)
    max_pixel_bytes: int = setting(
        4 * GIB,
        "bytes of pixels, decoded or in a decoder's hands, above which further requests wait",
        ge=1,
    )

    @property
    def video_fps(self) -> float | None:
        return self.media_io_kwargs.video.fps

    @property
    def video_num_frames(self) -> int | None:
        return self.media_io_kwargs.video.num_frames


class MockConfig(Settings):
    """How the mock engine behaves, if it is used."""

    mock: bool = setting(False, "answer without a model", aliases=["ENABLE_MOCK_INFERENCE"])
    mock_tokens_per_s: float = setting(
        200.0, "tokens per second of each mock sequence; 0: as fast as possible", ge=0.0
    )
    mock_first_token_delay_s: float = setting(
        0.0, "seconds before the first token of a mock sequence", ge=0.0
    )


class RpcConfig(Settings):
    """Where the server listens, and its limits on calls."""

    grpc_host: str = setting("127.0.0.1", "address to listen on", min_length=1)
    grpc_port: int = setting(
        8001, "gRPC port; 0 lets the system choose", aliases=["NIM_GRPC_API_PORT"], ge=0, le=65535
    )
    max_message_bytes: int = setting(64 * MIB, "most bytes of one gRPC message", ge=64 * 1024)
    max_calls: int = setting(8192, "most calls in flight; further ones are refused", ge=1)
    max_calls_bytes: int = setting(
        4 * GIB, "most bytes of all requests in flight; further ones are refused", ge=MIB
    )
    max_caller_share: float = setting(
        0.5, "largest part of each limit that one caller may hold", gt=0.0, le=1.0
    )
    trusted_gateways: Annotated[Several[str], AfterValidator(_checked_networks)] = setting(
        ("127.0.0.1", "::1"),
        "addresses or networks (10.0.0.0/8) of gateways, separated by commas, which are believed "
        "in whose name they call",
    )
    max_pipelines: int = setting(
        64, "most pipelines at a time; each may hold a message that is still arriving", ge=1
    )
    max_connections: int = setting(4096, "most connections; further ones are closed", ge=1)
    message_timeout_s: float = setting(60.0, "seconds for a request to arrive", gt=0.0)
    pipeline_idle_timeout_s: float = setting(
        300.0, "seconds after which a pipeline without items is ended", gt=0.0
    )
    max_prompt_queue_bytes: int = setting(
        32 * MIB,
        "most bytes of text, short or long, that waits to become prompts; more is refused",
        ge=1,
    )
    max_answer_logprobs: int = setting(
        2**18,
        "most log probabilities in one answer: choices times tokens times (1 + top_logprobs)",
        ge=1,
    )
    max_batch_items: int = setting(1024, "most items in one batch", ge=1)
    max_batch_concurrency: int = setting(
        64, "most items of one batch that run at the same time", ge=1
    )
    drain_grace_s: float = setting(30.0, "seconds to wait for running calls after SIGTERM", ge=0.0)


class CheckpointConfig(Settings):
    """Which checkpoint is served, and under which names."""

    model: Annotated[str | None, BeforeValidator(_hub_id)] = setting(
        None,
        "checkpoint: a folder or a hub id; unset: the small demo model that comes with the package",
        aliases=["NIM_MODEL_PATH"],
    )
    revision: str | None = setting(None, "revision of a hub id")
    served_model_name: Several[str] = setting(
        ("nvidia/nemotron-nano-12b-v2-vl",),
        "names of the model, separated by commas; answers state the first",
        aliases=["NIM_SERVED_MODEL_NAME"],
        min_length=1,
    )
    cache_path: Path | None = setting(
        None,
        "where downloaded checkpoints are kept; unset: the Hugging Face cache",
        aliases=["NIM_CACHE_PATH"],
    )


class ServerConfig(Settings):
    """All settings of the server."""

    checkpoint: CheckpointConfig = CheckpointConfig()
    rpc: RpcConfig = RpcConfig()
    engine: EngineConfig = EngineConfig()
    media: MediaConfig = MediaConfig()
    mock: MockConfig = MockConfig()
    log: LogSettings = LogSettings()
