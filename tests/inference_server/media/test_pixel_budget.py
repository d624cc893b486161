import asyncio
from contextlib import ExitStack

import pytest

from inference_server.errors import PayloadTooLarge
from inference_server.media.pixel_budget import PixelAllowance, PixelBudget


async def turn(budget: PixelBudget) -> None:
    async with budget.turn():
        pass


async def has_turn(budget: PixelBudget) -> bool:
    """Whether a turn comes within a few rounds of the loop, which no other thread has a part in."""
    waiting = asyncio.create_task(turn(budget))
    for _ in range(10):
        await asyncio.sleep(0)
    has_come = waiting.done()
    waiting.cancel()
    await asyncio.wait((waiting,))
    return has_come


async def test_there_are_turns_until_the_bytes_are_held() -> None:
    budget = PixelBudget(max_bytes=10, max_turns=1)
    with budget.held(9):
        assert await has_turn(budget)
        with budget.held(1):
            assert not await has_turn(budget)
        assert await has_turn(budget)


async def test_one_request_may_pass_the_bound_and_then_no_other_has_a_turn() -> None:
    budget = PixelBudget(max_bytes=10, max_turns=1)
    with budget.held(1000):
        assert not await has_turn(budget)
    assert await has_turn(budget)


async def test_no_more_than_max_turns_decode_at_once() -> None:
    budget = PixelBudget(max_bytes=10, max_turns=1)
    async with budget.turn():
        assert not await has_turn(budget)
    assert await has_turn(budget)


async def test_turns_come_in_order_of_asking() -> None:
    budget = PixelBudget(max_bytes=10, max_turns=1)
    order: list[int] = []

    async def take(number: int) -> None:
        async with budget.turn():
            order.append(number)

    with ExitStack() as stack:
        stack.enter_context(budget.held(10))
        async with asyncio.TaskGroup() as tasks:
            for number in range(4):
                tasks.create_task(take(number))
                await asyncio.sleep(0)
            stack.close()
    assert order == [0, 1, 2, 3]


async def test_a_request_that_leaves_the_queue_holds_nothing() -> None:
    budget = PixelBudget(max_bytes=10, max_turns=1)
    with budget.held(10):
        waiting = asyncio.create_task(turn(budget))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert await has_turn(budget)


def test_an_allowance_is_spent_to_the_last_pixel_and_stays_spent() -> None:
    allowance = PixelAllowance(10)
    allowance.take(4)
    allowance.take(6)
    for _ in range(2):
        with pytest.raises(PayloadTooLarge):
            allowance.take(1)
