import asyncio
from contextlib import AsyncExitStack

import pytest

from inference_server.errors import PayloadTooLarge
from inference_server.media.pixel_budget import PixelAllowance, PixelBudget


async def reserve(budget: PixelBudget, num_bytes: int) -> None:
    async with budget.reserved("a", num_bytes):
        pass


async def has_room(budget: PixelBudget, num_bytes: int) -> bool:
    """Whether bytes come within a few rounds of the loop, which no other thread has a part in."""
    waiting = asyncio.create_task(reserve(budget, num_bytes))
    for _ in range(10):
        await asyncio.sleep(0)
    has_come = waiting.done()
    waiting.cancel()
    await asyncio.wait((waiting,))
    return has_come


async def test_bytes_are_reserved_to_the_last_and_never_more() -> None:
    budget = PixelBudget(10, max_caller_share=1.0)
    async with budget.reserved("a", 6):
        assert await has_room(budget, 4)
        assert not await has_room(budget, 5)
        async with budget.reserved("a", 4):
            assert not await has_room(budget, 1)
        assert await has_room(budget, 4)
    assert await has_room(budget, 10)


async def test_a_request_larger_than_the_budget_is_let_in_when_it_is_alone() -> None:
    budget = PixelBudget(10, max_caller_share=1.0)
    async with budget.reserved("a", 1):
        assert not await has_room(budget, 1000)
    async with budget.reserved("a", 1000):
        assert not await has_room(budget, 1)
    assert await has_room(budget, 1)


async def test_what_is_not_needed_any_more_is_room_for_others() -> None:
    budget = PixelBudget(10, max_caller_share=1.0)
    async with budget.reserved("a", 10) as reservation:
        waiting = asyncio.create_task(reserve(budget, 7))
        await asyncio.sleep(0)
        reservation.shrink(4)
        assert not await has_room(budget, 7)
        reservation.shrink(3)
        await asyncio.wait_for(waiting, 30)
    assert await has_room(budget, 10)


async def test_room_comes_in_order_of_asking_and_the_small_do_not_overtake() -> None:
    budget = PixelBudget(10, max_caller_share=1.0)
    order: list[int] = []

    async def take(number: int, num_bytes: int) -> None:
        async with budget.reserved("a", num_bytes):
            order.append(number)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(budget.reserved("a", 5))
        async with asyncio.TaskGroup() as tasks:
            for number, num_bytes in enumerate((10, 1, 6, 1)):
                tasks.create_task(take(number, num_bytes))
                await asyncio.sleep(0)
            assert order == []
            await stack.aclose()
    assert order == [0, 1, 2, 3]


@pytest.mark.parametrize("num_waiting", [1, 3])
async def test_a_request_that_leaves_the_queue_holds_nothing(num_waiting: int) -> None:
    budget = PixelBudget(10, max_caller_share=1.0)
    async with budget.reserved("a", 10):
        waiting = [asyncio.create_task(reserve(budget, 5)) for _ in range(num_waiting)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
    assert await has_room(budget, 10)


def test_an_allowance_is_spent_to_the_last_pixel_and_stays_spent() -> None:
    allowance = PixelAllowance(10)
    allowance.take(4)
    allowance.take(6)
    for _ in range(2):
        with pytest.raises(PayloadTooLarge):
            allowance.take(1)


async def test_the_requests_of_one_caller_leave_room_for_others() -> None:
    budget = PixelBudget(10, max_caller_share=0.5)
    async with budget.reserved("a", 4):
        waiting = asyncio.create_task(_reserve(budget, "a", 2))
        await asyncio.sleep(0)
        await asyncio.wait_for(_reserve(budget, "b", 6), 30)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 30)


async def _reserve(budget: PixelBudget, caller: str, num_bytes: int) -> None:
    async with budget.reserved(caller, num_bytes):
        pass
