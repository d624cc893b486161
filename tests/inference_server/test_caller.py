import asyncio
from contextlib import AsyncExitStack

import pytest

from inference_server.caller import CALLER, CallerTurns


async def test_a_caller_leaves_turns_to_others() -> None:
    turns = CallerTurns(4, max_caller_share=0.5)
    async with AsyncExitStack() as stack:
        CALLER.set("a")
        for _ in range(2):
            await stack.enter_async_context(turns.turn())
        waiting = asyncio.create_task(_turn(turns))
        await asyncio.sleep(0)
        CALLER.set("b")
        await asyncio.wait_for(_turn(turns), 30)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 30)


async def test_a_caller_has_at_least_one_turn() -> None:
    await asyncio.wait_for(_turn(CallerTurns(1, max_caller_share=0.1)), 30)


async def test_callers_come_one_after_the_other() -> None:
    turns, order = CallerTurns(1), list[str]()

    async def work(name: str) -> None:
        CALLER.set(name[0])
        async with turns.turn():
            order.append(name)
            await asyncio.sleep(0)

    await asyncio.gather(*map(work, ["a1", "a2", "a3", "b1", "b2", "c1"]))
    assert order == ["a1", "a2", "b1", "c1", "a3", "b2"]


@pytest.mark.parametrize("is_given", [False, True])
async def test_one_who_leaves_while_waiting_holds_nothing(*, is_given: bool) -> None:
    """Even if the turn comes in the moment in which it leaves."""
    turns = CallerTurns(1)
    async with turns.turn():
        leaving = asyncio.create_task(_turn(turns))
        await asyncio.sleep(0)
        if not is_given:
            leaving.cancel()
            await asyncio.wait([leaving])
    leaving.cancel()
    await asyncio.wait([leaving])
    await asyncio.wait_for(_turn(turns), 30)
    assert not turns._waiting


async def _turn(turns: CallerTurns) -> None:
    async with turns.turn():
        pass
