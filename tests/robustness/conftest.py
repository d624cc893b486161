"""Marks every test here, and starts the servers that are attacked."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import grpc
import pytest
from nemotron_vl.channel import MAX_MESSAGE_BYTES, channel_options

from tests.e2e.support.serving import Serving


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.robustness)


@pytest.fixture(scope="session")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Everything but a model: the mock engine answers."""
    folder = tmp_path_factory.mktemp("mock")
    with Serving(folder, "--mock-tokens-per-s", "2000", ENABLE_MOCK_INFERENCE="1") as serving:
        yield serving.until_ready()


@pytest.fixture
async def channel(mock: Serving) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(
        mock.address, channel_options(MAX_MESSAGE_BYTES)
    ) as channel:
        yield channel
