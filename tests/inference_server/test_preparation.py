import asyncio
import threading
from typing import Any

import pytest
from nemotron_vl.v1.content_pb2 import Part
from nemotron_vl.v1.inference_pb2 import Generation

from inference_server.errors import InvalidArgument
from inference_server.preparation import Preparer
from inference_server.prompt.build import BuiltPrompt


async def test_pictures_reach_the_prompt_in_order_of_their_parts(
    preparer: Preparer, question: Generation, picture: Part
) -> None:
    question.messages[0].parts.extend([picture, picture])
    async with preparer.prepared(question) as built:
        assert [media.width for media in built.media] == [64, 64]
        assert len(built.prompt.spans) == 2


async def test_requests_with_pictures_wait_for_a_place_until_one_ends(
    preparer: Preparer, question: Generation, picture: Part
) -> None:
    """The fixture lets two in."""
    question.messages[0].parts.append(picture)
    contexts = [preparer.prepared(question) for _ in range(3)]
    for context in contexts[:2]:
        await context.__aenter__()
    third = asyncio.create_task(contexts[2].__aenter__())
    await asyncio.wait([third], timeout=0.05)
    assert not third.done()
    await contexts[0].__aexit__(None, None, None)
    await asyncio.wait_for(third, 5)
    for context in contexts[1:]:
        await context.__aexit__(None, None, None)


async def test_requests_of_text_alone_never_wait(preparer: Preparer, question: Generation) -> None:
    contexts = [preparer.prepared(question) for _ in range(5)]
    for context in contexts:
        await asyncio.wait_for(context.__aenter__(), 5)
    for context in contexts:
        await context.__aexit__(None, None, None)


async def test_a_broken_picture_gives_its_place_back(
    preparer: Preparer, question: Generation, picture: Part
) -> None:
    question.messages[0].parts.add(image={"data": b"nothing"})
    for _ in range(3):
        with pytest.raises(InvalidArgument):
            async with preparer.prepared(question):
                pass
    del question.messages[0].parts[-1]
    question.messages[0].parts.append(picture)
    async with asyncio.timeout(5), preparer.prepared(question):
        pass


async def test_neither_decoding_nor_building_runs_on_the_loop(
    preparer: Preparer, question: Generation, picture: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = set()
    real = preparer._builder.build

    def build(*args: Any) -> BuiltPrompt:
        threads.add(threading.current_thread())
        return real(*args)

    monkeypatch.setattr(preparer._builder, "build", build)
    question.messages[0].parts.append(picture)
    async with preparer.prepared(question):
        pass
    assert threading.current_thread() not in threads
    assert threads
