"""The real process: it starts, serves, drains on SIGTERM, and says what is wrong with a flag."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from http_gateway.cli import main
from tests.http_gateway.fake_server import Event, FakeServer, delta, ended, finish, started

HELLO = {"messages": [{"role": "user", "content": "hello"}]}


@asynccontextmanager
async def running(*flags: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "http_gateway", "--port", "0", *flags, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr
    try:
        async with asyncio.timeout(60):
            line = (await process.stderr.readline()).decode()
        url = re.search(r"http://[\d.]+:\d+", line)
        assert url, line
        yield process, url.group()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_sigterm_lets_a_running_answer_finish(server: FakeServer) -> None:
    async def script(fake: FakeServer, generation: Any) -> AsyncIterator[Event]:
        yield started()
        await fake.release.wait()
        for event in (delta("late"), finish(), ended()):
            yield event

    server.script = script
    async with running("--backend", server.address) as (process, url), asyncio.timeout(60):
        async with aiohttp.ClientSession() as session:
            call = asyncio.create_task(_content(session, url))
            await server.until_running(call)
            process.send_signal(signal.SIGTERM)
            while True:
                async with session.get(f"{url}/v1/health/ready") as response:
                    body = await response.json()
                if response.status == 503:
                    break
            assert body["object"] == "health.response"
            server.release.set()
            assert await call == "late"
        assert await process.wait() == 0


async def _content(session: aiohttp.ClientSession, url: str) -> str:
    async with session.post(f"{url}/v1/chat/completions", json=HELLO) as response:
        return (await response.json())["choices"][0]["message"]["content"]


async def test_logs_json_lines_without_contents(server: FakeServer) -> None:
    secret = "words that only the model may see"
    body = {"messages": [{"role": "user", "content": secret}]}
    async with running("--backend", server.address, "--jsonl-logging") as (process, url):
        async with aiohttp.ClientSession() as session:
            call = session.post(
                f"{url}/v1/chat/completions", json=body, headers={"x-request-id": "id-1"}
            )
            async with call as response:
                assert response.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.stderr
        lines = (await process.stderr.read()).decode()
    entries = [json.loads(line) for line in lines.splitlines()]
    assert any("id-1" in entry["message"] for entry in entries)
    assert secret not in lines


async def test_is_small(server: FakeServer) -> None:
    async with running("--backend", server.address) as (process, url):
        async with aiohttp.ClientSession() as session, session.get(f"{url}/health") as response:
            await response.read()
        with open(f"/proc/{process.pid}/status") as status:  # noqa: ASYNC230, PTH123
            resident = re.search(r"VmRSS:\s+(\d+) kB", status.read())
    assert resident
    assert int(resident.group(1)) < 150 * 1024


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        (["--port", "x"], "--port"),
        (["--max-redirects", "-1"], "--max-redirects"),
        (["--allow-media-hosts", "files.example,http://x"], "'http://x' is neither a host"),
    ],
)
def test_a_bad_flag_is_one_line(
    flags: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(flags) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert name in line


def test_keys_are_refused_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--api-keys", "secret"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "NEMOTRON_VL_GATEWAY_API_KEYS or --api-keys-file" in line
    assert "secret" not in line


def test_without_its_file_of_keys_it_does_not_start(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--api-keys-file", "/nowhere/keys"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "/nowhere/keys cannot be read" in line


def test_a_bad_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NIM_HTTP_API_PORT", "x")
    assert main([]) == 2
    assert "NIM_HTTP_API_PORT" in capsys.readouterr().err


def test_help_names_flags_and_variables(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert "--allow-media-hosts" in text
    assert "NIM_HTTP_API_PORT" in text


async def test_a_taken_port_is_one_line() -> None:
    taken = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "http_gateway", "--port", str(port)),
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"NIM_LOG_LEVEL": "ERROR"},
    )
    _, stderr = await process.communicate()
    taken.close()
    await taken.wait_closed()
    assert process.returncode == 1
    assert len(stderr.splitlines()) == 1
