"""How the servers end: asked to, killed, in the middle of an answer."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from nemotron_vl import Client, NemotronError
from openai import APIStatusError, OpenAI

from tests.e2e.support.serving import MODEL, TIMEOUT_S, Serving, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel for processes")

# Many times what is done during an answer takes, on a busy machine too.
_FLAGS = ("--mock-tokens-per-s", "3")


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    with Serving(tmp_path, *_FLAGS, ENABLE_MOCK_INFERENCE="1") as serving:
        yield serving.until_ready()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_answer_over_http_is_finished(serving: Serving, number: signal.Signals) -> None:
    children = serving.children()
    with OpenAI(base_url=serving.url, api_key="not-used", max_retries=0) as client:
        stream = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Hello"}], stream=True
        )
        next(stream)
        serving.signal(number)

        serving.wait_for(lambda: serving.get("/v1/health/ready")[0] == 503)
        assert serving.get("/v1/health/live")[0] == 200
        with pytest.raises(APIStatusError) as raised:
            client.chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": "Hello"}]
            )
        assert raised.value.status_code == 503
        assert [chunk.choices[0].finish_reason for chunk in stream][-1] == "stop"
    assert serving.end() == 0
    assert not any(map(_is_alive, children.values()))


def test_answer_over_grpc_is_finished(serving: Serving) -> None:
    with Client(serving.address, timeout_s=TIMEOUT_S) as client:
        stream = client.stream("Hello")
        next(stream)
        serving.signal(signal.SIGTERM)

        serving.wait_for(lambda: not client.health())
        with pytest.raises(NemotronError, match="stopping"):
            client.count_tokens("Hello")
        assert [event.WhichOneof("event") for event in stream][-2:] == ["finish", "ended"]
    assert serving.end() == 0


def test_answer_that_outlasts_the_grace_is_broken_off(tmp_path: Path) -> None:
    flags = (*_FLAGS, "--drain-grace-s", "0.1", "--gateway-drain-grace-s", "0.1")
    with (
        Serving(tmp_path, *flags, ENABLE_MOCK_INFERENCE="1") as serving,
        Client(serving.until_ready().address, timeout_s=TIMEOUT_S) as client,
    ):
        stream = client.stream("Hello", ignore_eos=True)
        next(stream)
        serving.signal(signal.SIGTERM)
        with pytest.raises(NemotronError):
            list(stream)
        assert serving.end() == 0


@pytest.mark.parametrize("killed", ["inference_server", "http_gateway"])
def test_child_that_is_killed_is_started_again_alone(serving: Serving, killed: str) -> None:
    children = serving.children()
    assert children.keys() == {"inference_server", "http_gateway"}
    os.kill(children.pop(killed), signal.SIGKILL)

    serving.wait_for(lambda: "ready again" in serving.log)
    serving.wait_for(lambda: serving.get("/v1/health/ready")[0] == 200)
    assert children.items() < serving.children().items()


def test_killed_supervisor_lets_answers_finish(serving: Serving) -> None:
    children = serving.children()
    with OpenAI(base_url=serving.url, api_key="not-used", max_retries=0) as client:
        stream = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Hello"}], stream=True
        )
        next(stream)
        serving.signal(signal.SIGKILL)
        assert serving.end() == -signal.SIGKILL
        assert [chunk.choices[0].finish_reason for chunk in stream][-1] == "stop"
    wait_for(lambda: not any(map(_is_alive, children.values())))


def _is_alive(pid: int) -> bool:
    """Whether it runs; one that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
