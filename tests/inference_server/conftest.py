import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from nemotron_vl.v1 import content_pb2, inference_pb2, model_pb2
from PIL import Image

from inference_server.checkpoint.generation_config import GenerationConfig
from inference_server.config import MediaConfig, RpcConfig
from inference_server.engine.types import FinishReason, StepOutput
from inference_server.media.grid import Tiling
from inference_server.observability.metrics import Metrics
from inference_server.preparation.preparer import Preparer
from inference_server.prompt.build import PromptBuilder
from inference_server.prompt.tokenizer import Tokenizer
from inference_server.rpc.served_model import build_limits, served_model
from inference_server.service import Service
from tests.inference_server.fake_engine import FakeEngine

if not torch.cuda.is_available():
    # Kernels then run in Triton's interpreter, which must be known before anything imports Triton,
    # and transformers does.
    os.environ["TRITON_INTERPRET"] = "1"

ASSETS = Path(__file__).parents[2] / "inference_server" / "assets" / "demo_model"


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """The models of these tests are so small that threads would only wait for each other."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return Tokenizer.load(ASSETS)


# The bytes of one of the images below, and those that another needs while it is decoded.
MAX_PIXEL_BYTES = 64 * 32 * (3 + 20)
# The pixels of all frames of the video below.
MAX_PIXELS = 20 * 64 * 48


@pytest.fixture
async def engine(tokenizer: Tokenizer) -> FakeEngine:
    """Says "A red square." token by token."""
    ids = tokenizer.encode("A red square.")
    words = [StepOutput(token_ids=(token_id,)) for token_id in ids]
    end = StepOutput(token_ids=(tokenizer.eos_id,), finish=FinishReason.STOP)
    return FakeEngine([*words, end])


@pytest.fixture
def model(tokenizer: Tokenizer) -> model_pb2.Model:
    media = MediaConfig(max_images=3, max_videos=1, max_image_bytes=100_000)
    limits = build_limits(
        media,
        RpcConfig(max_batch_items=8),
        max_model_len=4096,
        max_tiles=4,
        tokens_per_tile=4,
        vocab_size=tokenizer.vocab_size,
    )
    return served_model(
        ("captioner", "second"),
        checkpoint="folder",
        revision=None,
        is_mock=False,
        limits=limits,
        media=media,
        generation=GenerationConfig(),
        eos_id=tokenizer.eos_id,
    )


@pytest.fixture
async def preparer(tokenizer: Tokenizer) -> AsyncIterator[Preparer]:
    tiling = Tiling(tile_size=32, tokens_per_tile=4, max_tiles=4, use_thumbnail=True)
    preparer = Preparer(
        PromptBuilder(tokenizer, tiling),
        MediaConfig(max_pixel_bytes=MAX_PIXEL_BYTES, max_pixels=MAX_PIXELS),
        max_prompt_queue_bytes=2**20,
        max_caller_share=1.0,
    )
    yield preparer
    preparer.close()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("captioner")


@pytest.fixture
async def service(
    engine: FakeEngine,
    tokenizer: Tokenizer,
    preparer: Preparer,
    metrics: Metrics,
    model: model_pb2.Model,
) -> Service:
    return Service(
        engine=engine,
        tokenizer=tokenizer,
        preparer=preparer,
        metrics=metrics,
        model=model,
        max_answer_logprobs=1000,
        max_sequences_of_caller=8,
    )


@pytest.fixture
def question() -> inference_pb2.Generation:
    """A conversation of one word."""
    message = content_pb2.Message(
        role=content_pb2.ROLE_USER, parts=[content_pb2.Part(text="Hello")]
    )
    return inference_pb2.Generation(messages=[message])


@pytest.fixture
def image() -> content_pb2.Part:
    """Two tiles wide."""
    file = io.BytesIO()
    Image.new("RGB", (64, 32), "red").save(file, "PNG")
    return content_pb2.Part(image=content_pb2.Image(data=file.getvalue()))


@pytest.fixture(scope="session")
def video() -> content_pb2.Part:
    """Two seconds of ten frames each."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for gray in range(0, 200, 10):
            frame = np.full((48, 64, 3), gray, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return content_pb2.Part(video=content_pb2.Video(data=file.getvalue()))
