import asyncio
from contextlib import AsyncExitStack

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


async def test_callers_without_turns_are_forgotten() -> None:
    turns = CallerTurns(4, max_caller_share=0.5)
    for number in range(100):
        CALLER.set(str(number))
        await _turn(turns)
    assert len(turns._turns_by_caller) <= 1


async def _turn(turns: CallerTurns) -> None:
    async with turns.turn():
        pass
