"""The two models that can be measured, and the work for each."""

from dataclasses import dataclass

from tools.random_checkpoint.checkpoint import RandomSizes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """A model and work in proportion to it.

    contexts       tokens before a decode step
    prompt_tokens  a caption's prompt
    step_tokens    the budget of a large step
    loads          requests in flight
    budgets        prompt tokens in a step that streams wait for
    """

    model: RandomSizes
    vocab_size: int
    batch_sizes: tuple[int, ...]
    contexts: tuple[int, ...]
    prompt_tokens: int
    step_tokens: int
    tiles: tuple[int, ...]
    repeats: int
    image_width: int
    image_height: int
    max_tokens: int
    loads: tuple[int, ...]
    budgets: tuple[int, ...]
    many_streams: int
    num_videos: int
    video_seconds: int
    video_width: int
    video_height: int


# The released model's sizes (https://huggingface.co/nvidia/NVIDIA-Nemotron-Nano-12B-v2-VL-BF16).
FULL = Sizes(
    model=RandomSizes(
        pattern="M-M-M-M*-" * 6 + "M-M-M-M-",
        hidden_size=5120,
        intermediate_size=20480,
        num_attention_heads=40,
        num_key_value_heads=8,
        head_dim=128,
        mamba_num_heads=128,
        mamba_head_dim=80,
        n_groups=8,
        ssm_state_size=128,
        chunk_size=128,
        projector_size=20480,
        vision_model="vit_huge_patch16_224",
        vision_size=1280,
        vision_depth=32,
        vision_heads=16,
        position_grid=128,
    ),
    vocab_size=132096,
    batch_sizes=(1, 8, 32, 64),
    contexts=(300, 3500),
    prompt_tokens=3400,
    step_tokens=8192,
    tiles=(1, 13, 52),
    repeats=20,
    image_width=640,
    image_height=480,
    max_tokens=128,
    loads=(16, 64),
    budgets=(512, 1024, 2048, 4096),
    many_streams=256,
    num_videos=32,
    video_seconds=10,
    video_width=1280,
    video_height=720,
)

# Only shows on a CPU that every phase runs; its numbers mean nothing.
SMALL = Sizes(
    model=RandomSizes(max_tiles=2),
    vocab_size=4096,
    batch_sizes=(1, 4),
    contexts=(20, 70),
    prompt_tokens=100,
    step_tokens=200,
    tiles=(1, 2),
    repeats=2,
    image_width=64,
    image_height=48,
    max_tokens=8,
    loads=(2, 4),
    budgets=(40, 80),
    many_streams=8,
    num_videos=8,
    video_seconds=1,
    video_width=160,
    video_height=96,
)

SIZES_BY_NAME = {"full": FULL, "small": SMALL}
