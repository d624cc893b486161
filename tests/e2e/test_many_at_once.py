"""Company changes no answer: each request gets what it gets alone."""

import asyncio
from typing import Any

import grpc
from nemotron_vl import AsyncClient, Client, image, user
from nemotron_vl.errors import from_item
from openai import AsyncOpenAI

from tests.e2e.support.conversations import as_openai, ask
from tests.e2e.support.images import image_file
from tests.e2e.support.serving import MODEL, TIMEOUT_S, Serving

QUESTION = "Caption the content of this image:"
GREEDY: Any = {"temperature": 0, "max_tokens": 16}
NUM_IN_FLIGHT = 16

# Squares, so that an image is one tile, of many sizes.
FILES = [image_file(seed, (16 + 20 * seed, 16 + 20 * seed)) for seed in range(NUM_IN_FLIGHT)]


async def test_16_in_flight_over_http(serving: Serving) -> None:
    async with AsyncOpenAI(base_url=serving.url, api_key="not-used", max_retries=0) as client:

        async def caption(file: bytes) -> str | None:
            answer = await client.chat.completions.create(
                model=MODEL, messages=as_openai(ask(QUESTION, file)), **GREEDY
            )
            return answer.choices[0].message.content

        alone = [await caption(file) for file in FILES]
        together = await asyncio.gather(*map(caption, FILES))
    assert together == alone
    assert len(set(alone)) > 1


async def test_16_in_flight_over_grpc(serving: Serving) -> None:
    async with AsyncClient(serving.address, timeout_s=TIMEOUT_S) as client:

        async def caption(file: bytes) -> str:
            completion = await client.generate(user(QUESTION, image(file)), **GREEDY)
            return completion.choices[0].text

        alone = [await caption(file) for file in FILES]
        together = await asyncio.gather(*map(caption, FILES))
    assert together == alone


def test_batch_of_32_with_one_that_is_broken(client: Client) -> None:
    sizes = [(8 + 19 * number, 600 - 17 * number) for number in range(32)]
    files = [image_file(number, size) for number, size in enumerate(sizes)]
    broken = 13
    files[broken] = files[broken][:60]
    # One tile each, or the real engine would work on this for long.
    messages = [user(QUESTION, image(file, max_tiles=1)) for file in files]

    results = {result.index: result for result in client.batch(messages, **GREEDY)}

    assert results.keys() == set(range(32))
    error = from_item(results.pop(broken).status)
    assert error.code is grpc.StatusCode.INVALID_ARGUMENT
    assert error.field == "messages[0].parts[1].image.data"
    for index, result in results.items():
        alone = client.generate(messages[index], **GREEDY)
        assert result.completion.choices[0].text == alone.choices[0].text
        assert result.completion.usage == alone.usage
