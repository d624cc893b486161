import asyncio
import logging
from collections.abc import AsyncIterator

import grpc
import pytest
import torch
from grpc_health.v1 import health_pb2
from nemotron_vl.v1 import inference_pb2
from nemotron_vl.v1.inference_pb2 import Generation
from nemotron_vl.v1.inference_pb2_grpc import InferenceServiceStub

from inference_server import lifecycle
from inference_server.config import EngineConfig, RpcConfig, ServerConfig
from inference_server.errors import EngineFailed, NotServing
from inference_server.loading import Loaded, OnProgress, OnStep
from inference_server.media.grid import Tiling
from inference_server.prompt.tokenizer import Tokenizer
from tests.inference_server.fake_engine import FakeEngine

CONFIG = ServerConfig(rpc=RpcConfig(grpc_port=0))


@pytest.fixture
def _loaded(engine: FakeEngine, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = Loaded(
        engine=engine,
        tokenizer=tokenizer,
        tiling=Tiling(tile_size=32, tokens_per_tile=4, max_tiles=4, use_thumbnail=True),
        vocab_size=tokenizer.vocab_size,
        checkpoint="fake",
    )

    def load(config: ServerConfig, on_progress: OnProgress, on_step: OnStep) -> Loaded:
        return loaded

    monkeypatch.setattr(lifecycle, "load", load)


@pytest.fixture
async def running(caplog: pytest.LogCaptureFixture) -> AsyncIterator[asyncio.Task[int]]:
    caplog.set_level(logging.INFO)
    task = asyncio.create_task(lifecycle.run(CONFIG))
    yield task
    task.cancel()
    await asyncio.wait([task])


async def address(caplog: pytest.LogCaptureFixture) -> str:
    async with asyncio.timeout(60):
        while True:
            for message in caplog.messages:
                if message.startswith("ready: "):
                    return message.split()[1]
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("_loaded")
async def test_a_dead_engine_fails_the_open_streams_and_ends_the_process_with_1(
    running: asyncio.Task[int],
    engine: FakeEngine,
    question: Generation,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with grpc.aio.insecure_channel(await address(caplog)) as channel:
        engine.script = [engine.script[0], EngineFailed("The engine has failed.")]
        engine.proceed.clear()
        stub = InferenceServiceStub(channel)
        call = stub.StreamGenerate(inference_pb2.StreamGenerateRequest(generation=question))
        assert (await anext(aiter(call))).WhichOneof("event") == "started"
        engine.is_healthy = False
        async with asyncio.timeout(60):
            while "the engine has failed" not in caplog.messages:
                await asyncio.sleep(0.01)
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        answer = await check(health_pb2.HealthCheckRequest(service=""))
        assert answer.status == health_pb2.HealthCheckResponse.NOT_SERVING
        engine.proceed.set()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async for _ in call:
                pass
        assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert await asyncio.wait_for(running, 60) == 1


@pytest.mark.usefixtures("_loaded")
async def test_an_engine_that_cannot_start_is_one_line_and_code_1(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def start() -> None:
        raise NotServing("There is no room for the model.")

    monkeypatch.setattr(engine, "start", start)
    assert await lifecycle.run(CONFIG) == 1
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.getMessage() == "There is no room for the model."
    assert record.exc_info is None


async def test_a_gpu_that_is_not_there_is_one_line_and_code_1(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    engine = EngineConfig(device="cuda:7")
    assert await lifecycle.run(CONFIG.model_copy(update={"engine": engine})) == 1
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.getMessage() == "There is no device cuda:7; CUDA devices found: 0."
    assert record.exc_info is None


@pytest.mark.usefixtures("_loaded")
async def test_the_engine_has_answered_before_it_is_ready(
    running: asyncio.Task[int], engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    await address(caplog)
    (prompt,) = engine.prompts
    assert len(prompt.spans) == 1


@pytest.mark.usefixtures("_loaded")
async def test_an_engine_that_cannot_answer_is_never_ready(
    engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    engine.script = [EngineFailed("The engine has failed.")]
    assert await lifecycle.run(CONFIG) == 1
    assert "The engine has failed." in caplog.messages
    assert not any(message.startswith("ready") for message in caplog.messages)


@pytest.mark.usefixtures("_loaded")
async def test_a_server_that_no_longer_answers_ends_the_process_with_3(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The engine is well, and the library's server has ended by itself."""
    caplog.set_level(logging.INFO)

    async def fail_soon(server: object, seconds: float) -> bool:
        await address(caplog)
        raise RuntimeError("the accept loop has ended")

    monkeypatch.setattr("grpc.aio._server.Server.wait_for_termination", fail_soon)
    assert await asyncio.wait_for(lifecycle.run(CONFIG), 60) == lifecycle.EXIT_DEAF == 3
    assert "no longer answers" in caplog.text


@pytest.mark.usefixtures("_loaded")
async def test_a_port_that_does_not_answer_ends_the_process_with_3(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def deaf(dialed: str) -> None:
        assert dialed == (await address(caplog))

    monkeypatch.setattr("inference_server.rpc.server.wait_until_unresponsive", deaf)
    assert await asyncio.wait_for(lifecycle.run(CONFIG), 60) == lifecycle.EXIT_DEAF
