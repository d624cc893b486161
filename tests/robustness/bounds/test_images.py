"""Images that become more than they weigh, or cost more than they show."""

import asyncio
import io
import struct
import zlib
from collections.abc import AsyncIterator

import numpy as np
import pytest
from nemotron_vl import AsyncClient, NemotronError, image, user
from nemotron_vl.v1 import content_pb2
from PIL import Image

from tests.e2e.support.images import encoded, image_file
from tests.e2e.support.serving import TIMEOUT_S, Serving
from tests.robustness.support.attack import attack
from tests.robustness.support.memory import MIB, Memory


def chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def with_chunks(file: bytes, chunks: bytes) -> bytes:
    """A PNG with further chunks behind its header."""
    return file[:33] + chunks + file[33:]


def exif(num_bytes: int) -> bytes:
    """A block of entries, each of which points at a long value."""
    number = (num_bytes - 14) // 12
    entries = b"".join(
        struct.pack("<HHII", index & 0xFFFF, 7, num_bytes // 2, 8) for index in range(number)
    )
    return b"II*\0\x08\0\0\0" + struct.pack("<H", min(number, 0xFFFF)) + entries


PNG = image_file(1, (8, 8))
JPEG = image_file(1, (8, 8), "JPEG")
COSTLY = {
    "PNG with 4 MiB of EXIF": with_chunks(PNG, chunk(b"eXIf", exif(4 * MIB))),
    "PNG with a million chunks": with_chunks(PNG, chunk(b"tEXt", b"") * 1_000_000),
    "JPEG with a million segments": JPEG[:2] + b"\xff\xe5\0\2" * 1_000_000 + JPEG[2:],
    "PNG of a single column": PNG[:16] + struct.pack(">II", 1, 64_000_000) + PNG[24:],
}
# Small to send: 4,000 by 4,000 pixels of one color.
LARGE = encoded(Image.new("RGB", (4000, 4000)))


@pytest.fixture
async def client(mock: Serving) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(mock.address, timeout_s=TIMEOUT_S) as client:
        yield client


async def outcome(client: AsyncClient, *parts: content_pb2.Part) -> str:
    try:
        await client.generate(user(*parts), max_tokens=1)
    except NemotronError as error:
        return error.code.name
    return "OK"


@pytest.mark.parametrize("number", [30, pytest.param(1000, marks=pytest.mark.long)])
async def test_refused_images_leave_nothing(
    mock: Serving, client: AsyncClient, number: int
) -> None:
    """Two that are decoded, and one that is broken behind its header."""
    bomb = [image(LARGE), image(LARGE), image(LARGE[:-200])]
    memory = Memory(mock.children()["inference_server"])
    assert await outcome(client, *bomb) == "INVALID_ARGUMENT"
    before = memory.resident
    with attack(mock, max_server=512 * MIB):
        for _ in range(number):
            assert await outcome(client, *bomb) == "INVALID_ARGUMENT"
    assert memory.resident - before < 256 * MIB


async def test_many_large_images_at_once(mock: Serving, client: AsyncClient) -> None:
    """Each takes 48 MB once it is decoded; all that wait take next to nothing."""
    with attack(mock, max_server=3072 * MIB):
        outcomes = await asyncio.gather(*(outcome(client, image(LARGE)) for _ in range(40)))
    assert set(outcomes) == {"OK"}


async def test_images_that_cost_more_than_they_show(mock: Serving, client: AsyncClient) -> None:
    with attack(mock, max_server=512 * MIB):
        for name, file in COSTLY.items():
            outcomes = await asyncio.gather(*(outcome(client, image(file)) for _ in range(4)))
            assert set(outcomes) <= {"OK", "INVALID_ARGUMENT"}, name


@pytest.mark.parametrize("number", [300, pytest.param(3000, marks=pytest.mark.long)])
async def test_distinct_images(mock: Serving, client: AsyncClient, number: int) -> None:
    memory = Memory(mock.children()["inference_server"])
    kinds = ("PNG", "JPEG", "WEBP", "GIF")
    dice = np.random.default_rng(0)

    async def ask(index: int) -> None:
        pixels = dice.integers(0, 256, (64, 64 + index % 200, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, kinds[index % len(kinds)])
        assert await outcome(client, image(file.getvalue())) == "OK"

    for index in range(100):
        await ask(index)
    before = memory.resident
    for index in range(100, number):
        await ask(index)
    assert memory.resident - before < 64 * MIB
