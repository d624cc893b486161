"""Broken images and videos: answered if a decoder can make something of them, refused by the name
of the part if not, never a failure of the server.
"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator

import grpc
import pytest
from nemotron_vl import AsyncClient, NemotronError, image, user, video

from tests.e2e.support.images import data_url
from tests.e2e.support.serving import TIMEOUT_S, Serving
from tests.robustness.inputs.media_files import (
    every_byte_changed,
    image_files,
    mutations,
    video_file,
)
from tests.robustness.support.bystander import bystander
from tests.robustness.support.http import Http, fault_of

_IMAGES = image_files()
_NUM_AT_ONCE = 8
_REFUSALS = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED)


@pytest.fixture
async def client(mock: Serving) -> AsyncIterator[AsyncClient]:
    """A client of the server, beside which good requests get their answers."""
    async with AsyncClient(mock.address, timeout_s=TIMEOUT_S) as client:
        with bystander(mock.http_port, mock.address) as waits:
            yield client
    waits.check()


@pytest.fixture
def http(mock: Serving) -> Iterator[Http]:
    """A connection to the gateway, beside which good requests get their answers."""
    with Http(mock.http_port) as http, bystander(mock.http_port, mock.address) as waits:
        yield http
    waits.check()


@pytest.mark.parametrize("number", [100, pytest.param(4000, marks=pytest.mark.long)])
async def test_mutated_images(client: AsyncClient, number: int) -> None:
    for name, good in _IMAGES.items():
        files = itertools.islice(mutations(good, random.Random(name)), number)
        outcomes = await _outcomes(client, files, kind="image")
        assert outcomes["refused"], name


@pytest.mark.long
async def test_every_byte_of_an_image(client: AsyncClient) -> None:
    for good in _IMAGES.values():
        await _outcomes(client, every_byte_changed(good), kind="image")


@pytest.mark.parametrize("kind", ["mp4", "webm"])
@pytest.mark.parametrize("number", [10, pytest.param(500, marks=pytest.mark.long)])
async def test_mutated_videos(client: AsyncClient, kind: str, number: int) -> None:
    files = itertools.islice(mutations(video_file(kind), random.Random(kind)), number)
    await _outcomes(client, files, kind="video")


def test_over_http(http: Http) -> None:
    path = "messages[0].content[0].image_url"
    for name, good in _IMAGES.items():
        for file in itertools.islice(mutations(good, random.Random(name)), 20):
            part = {"type": "image_url", "image_url": {"url": data_url(file)}}
            body = {"messages": [{"role": "user", "content": [part]}], "max_tokens": 1}
            status, answer = http.chat(body)
            assert status == 200 or fault_of(status, answer, path) is None, file


async def _outcomes(client: AsyncClient, files: Iterable[bytes], *, kind: str) -> Counter[str]:
    turns = asyncio.Semaphore(_NUM_AT_ONCE)

    async def outcome(file: bytes) -> str:
        part = image(file) if kind == "image" else video(file)
        async with turns:
            try:
                await client.generate(user(part), max_tokens=1)
            except NemotronError as error:
                refusal = error
            else:
                return "answered"
        assert refusal.code in _REFUSALS, (refusal, file)
        assert (refusal.field or "").startswith(f"messages[0].parts[0].{kind}"), (refusal, file)
        return "refused"

    return Counter(await asyncio.gather(*map(outcome, files)))
