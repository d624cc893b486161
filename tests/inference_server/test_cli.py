"""The real process, with the mock engine and with the default checkpoint."""

import asyncio
import io
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2
from nemotron_vl.v1 import content_pb2, inference_pb2, inference_pb2_grpc, model_pb2, model_pb2_grpc
from PIL import Image

MODEL_LEVEL = "nemotron_vl.v1.InferenceService"

pytestmark = pytest.mark.e2e


class Server:
    """A process of `python -m inference_server` and what it has said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def line(self, pattern: str) -> re.Match[str]:
        """Waits until the process says something like this."""
        assert self.process.stderr is not None
        async with asyncio.timeout(60):
            async for raw in self.process.stderr:
                self.lines.append(raw.decode())
                if match := re.search(pattern, self.lines[-1]):
                    return match
        raise AssertionError("".join(self.lines))

    async def exit_code(self) -> int:
        assert self.process.stderr is not None
        async with asyncio.timeout(60):
            self.lines += (await self.process.stderr.read()).decode().splitlines(keepends=True)
            return await self.process.wait()


Start = Callable[..., Awaitable[Server]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    servers: list[Server] = []

    async def start(*flags: str, **variables: str) -> Server:
        environ = {
            name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "inference_server", "--grpc-port", "0"),
            *flags,
            env=environ | variables,
            stderr=asyncio.subprocess.PIPE,
        )
        servers.append(Server(process))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.returncode is None:
            server.process.kill()
        await server.process.wait()


async def ready(server: Server) -> grpc.aio.Channel:
    return grpc.aio.insecure_channel((await server.line(r"ready: (\S+) serves"))[1])


def mapped_files(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


async def health(channel: grpc.aio.Channel, name: str) -> str:
    check = channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=health_pb2.HealthCheckResponse.FromString,
    )
    answer = await check(health_pb2.HealthCheckRequest(service=name))
    return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)


def caption_of(color: str, *, max_tokens: int) -> inference_pb2.Generation:
    file = io.BytesIO()
    Image.new("RGB", (32, 32), color).save(file, "PNG")
    parts = [
        content_pb2.Part(text="Caption this."),
        content_pb2.Part(image=content_pb2.Image(data=file.getvalue())),
    ]
    return inference_pb2.Generation(
        messages=[content_pb2.Message(role=content_pb2.ROLE_USER, parts=parts)],
        sampling=inference_pb2.Sampling(max_tokens=max_tokens, temperature=0),
    )


async def test_the_mock_answers_every_rpc_and_never_loads_torch(start: Start) -> None:
    server = await start(ENABLE_MOCK_INFERENCE="1")
    async with await ready(server) as channel:
        inference = inference_pb2_grpc.InferenceServiceStub(channel)
        models = model_pb2_grpc.ModelServiceStub(channel)
        assert (await models.GetModel(model_pb2.GetModelRequest())).model.is_mock
        red, blue = caption_of("red", max_tokens=64), caption_of("blue", max_tokens=64)
        answers = [
            (await inference.Generate(inference_pb2.GenerateRequest(generation=generation)))
            for generation in (red, blue)
        ]
        texts = [answer.completion.choices[0].text for answer in answers]
        assert len(set(texts)) == 2
        batch = inference_pb2.BatchGenerateRequest(
            defaults=red, items=[inference_pb2.BatchItem()] * 3
        )
        results = [response.result async for response in inference.BatchGenerate(batch)]
        assert {result.completion.choices[0].text for result in results} == {texts[0]}
        counts = await inference.CountTokens(inference_pb2.CountTokensRequest(generation=red))
        assert counts.prompt_tokens == answers[0].completion.usage.prompt_tokens
    assert "libtorch" not in mapped_files(server.process.pid)


async def test_the_demo_model_is_served_by_default_and_said_to_be_small(start: Start) -> None:
    server = await start(OMP_NUM_THREADS="1", HF_HUB_OFFLINE="1")
    async with await ready(server) as channel:
        inference = inference_pb2_grpc.InferenceServiceStub(channel)
        models = model_pb2_grpc.ModelServiceStub(channel)
        model = (await models.GetModel(model_pb2.GetModelRequest())).model
        assert (model.checkpoint, model.is_mock) == ("demo_model", False)
        request = inference_pb2.GenerateRequest(generation=caption_of("red", max_tokens=3))
        first, second = [(await inference.Generate(request)).completion for _ in range(2)]
        assert first.choices == second.choices
        assert first.usage.completion_tokens == 3
        assert first.usage.image_tokens == 256
        metrics = await model_pb2_grpc.ModelServiceStub(channel).GetMetrics(
            model_pb2.GetMetricsRequest()
        )
        # Each answer has two tokens after its first.
        decodes = re.search(r'^engine_rows_total{kind="decode"} (\d+)', metrics.text, re.MULTILINE)
        assert decodes
        assert int(decodes[1]) >= 4
    assert any("small demo model" in line for line in server.lines)


async def test_sigterm_lets_a_running_answer_finish_and_exits_0(start: Start) -> None:
    server = await start("--mock", "--mock-tokens-per-s", "20")
    async with await ready(server) as channel:
        inference = inference_pb2_grpc.InferenceServiceStub(channel)
        generation = caption_of("red", max_tokens=20)
        request = inference_pb2.StreamGenerateRequest(generation=generation)
        call = inference.StreamGenerate(request)
        kinds = [(await anext(aiter(call))).WhichOneof("event")]
        server.process.send_signal(signal.SIGTERM)
        await server.line("stopping")
        assert await health(channel, MODEL_LEVEL) == "NOT_SERVING"
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await inference.Generate(inference_pb2.GenerateRequest(generation=generation))
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        kinds += [event.WhichOneof("event") async for event in call]
        assert kinds[-1] == "ended"
    assert await server.exit_code() == 0


async def test_sigint_stops_an_idle_server(start: Start) -> None:
    server = await start("--mock")
    await server.line("ready")
    server.process.send_signal(signal.SIGINT)
    assert await server.exit_code() == 0


async def test_sigterm_while_loading_ends_at_once(start: Start) -> None:
    server = await start()
    await server.line("importing torch")
    server.process.send_signal(signal.SIGTERM)
    assert await server.exit_code() == 0
    assert not any("ready" in line for line in server.lines)


async def test_answers_beyond_the_grace_are_cut_off_and_the_exit_is_still_clean(
    start: Start,
) -> None:
    server = await start("--mock", "--mock-first-token-delay-s", "60", "--drain-grace-s", "0.1")
    async with await ready(server) as channel:
        inference = inference_pb2_grpc.InferenceServiceStub(channel)
        generation = caption_of("red", max_tokens=5)
        call = inference.Generate(inference_pb2.GenerateRequest(generation=generation))
        models = model_pb2_grpc.ModelServiceStub(channel)
        async with asyncio.timeout(30):
            while not (await models.GetLoad(model_pb2.GetLoadRequest())).num_running:
                await asyncio.sleep(0.01)
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert await server.exit_code() == 0


async def test_a_setting_that_cannot_be_is_one_line_and_code_2(start: Start) -> None:
    server = await start(NIM_MAX_NUM_SEQS="none")
    assert await server.exit_code() == 2
    (line,) = server.lines
    assert "NIM_MAX_NUM_SEQS" in line
    assert "--max-num-seqs" in line


async def test_an_unknown_nim_variable_is_one_warning(start: Start) -> None:
    server = await start("--mock", NIM_PEFT_SOURCE="x", NIM_OTHER="y")
    match = await server.line("WARNING.*ignored")
    assert "NIM_OTHER, NIM_PEFT_SOURCE" in match.string


async def test_a_checkpoint_that_is_none_is_said_in_one_line_and_code_1(
    start: Start, tmp_path: Path
) -> None:
    server = await start("--model", str(tmp_path))
    assert await server.exit_code() == 1
    assert "ERROR" in server.lines[-1]
    assert "config.json" in server.lines[-1]
