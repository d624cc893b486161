"""Two servers for the whole session, one with each engine, and clients of whichever is tested."""

from collections.abc import Generator, Iterator
from pathlib import Path
from signal import SIGTERM

import grpc
import pytest
from nemotron_vl import Client
from nemotron_vl.channel import MAX_MESSAGE_BYTES, channel_options
from nemotron_vl.v1 import inference_pb2_grpc, model_pb2, model_pb2_grpc
from openai import OpenAI

from tests.e2e.support.image_server import image_site
from tests.e2e.support.serving import TIMEOUT_S, Serving, wait_for
from tools.random_checkpoint.checkpoint import write_random_checkpoint

# The site with images is on this machine, where the gateway fetches only by permission.
_FLAGS = ("--gateway-allow-media-hosts", "127.0.0.1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.e2e)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for serving in Serving.running:
            report.sections.append((f"log of {serving.log_path.name}", serving.log))
    return report


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_checkpoint(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture(scope="session")
def real(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The real engine, with random weights."""
    with Serving(tmp_path_factory.mktemp("real"), "--model", str(checkpoint), *_FLAGS) as serving:
        yield serving.until_ready()
        serving.signal(SIGTERM)
        assert serving.end() == 0


@pytest.fixture(scope="session")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The mock engine, fast, yet not so fast that a long answer is over before it is looked at."""
    flags = ("--mock-tokens-per-s", "2000", *_FLAGS)
    with Serving(tmp_path_factory.mktemp("mock"), *flags, ENABLE_MOCK_INFERENCE="1") as serving:
        yield serving.until_ready()


@pytest.fixture(params=["real", "mock"], scope="session")
def serving(request: pytest.FixtureRequest) -> Serving:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    with image_site() as url:
        yield url


@pytest.fixture(scope="session")
def openai(serving: Serving) -> Iterator[OpenAI]:
    """Without retries, so that a failure is seen."""
    with OpenAI(base_url=serving.url, api_key="not-used", max_retries=0) as client:
        yield client


@pytest.fixture(scope="session")
def client(serving: Serving) -> Iterator[Client]:
    with Client(serving.address, timeout_s=TIMEOUT_S) as client:
        yield client


class Stubs:
    """The contract's own stubs on one channel."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.inference = inference_pb2_grpc.InferenceServiceStub(channel)
        self.models = model_pb2_grpc.ModelServiceStub(channel)

    def num_sequences(self) -> int:
        """In the engine or waiting for it."""
        load = self.models.GetLoad(model_pb2.GetLoadRequest(), timeout=TIMEOUT_S)
        return load.num_running + load.num_waiting

    def until_busy(self) -> None:
        wait_for(lambda: self.num_sequences() > 0)

    def until_idle(self) -> None:
        wait_for(lambda: self.num_sequences() == 0)


@pytest.fixture(scope="session")
def stubs(serving: Serving) -> Iterator[Stubs]:
    with grpc.insecure_channel(serving.address, channel_options(MAX_MESSAGE_BYTES)) as channel:
        yield Stubs(channel)
