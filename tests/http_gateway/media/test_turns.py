import asyncio
from collections.abc import AsyncIterator

import pytest

from http_gateway.errors import Unavailable
from http_gateway.media.turns import Turns


class Fetches:
    """Fetches that hold their turns until they are told to end."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.begun: list[str] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def names(self) -> list[str]:
        return list(self._tasks)

    async def begin(self, *names: str) -> None:
        """Names such as `a.x.1`: the caller, the host, and a number."""
        for name in names:
            self._tasks[name] = asyncio.create_task(self._fetch(name))
        await settle()

    async def end(self, *names: str) -> None:
        for name in names:
            self._tasks.pop(name).cancel()
        await settle()

    async def _fetch(self, name: str) -> None:
        caller, host, _ = name.split(".")
        async with self.turns.turn(caller=caller, host=host):
            self.begun.append(name)
            await asyncio.Event().wait()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def some(names: str, number: int) -> list[str]:
    return [f"{names}.{index}" for index in range(number)]


@pytest.fixture
async def fetches() -> AsyncIterator[Fetches]:
    """Of 16 turns a caller may have 8, a host 4, and a caller 2 of a host's."""
    fetches = Fetches(Turns(16, max_caller_share=0.5, max_wait_s=60))
    yield fetches
    await fetches.end(*fetches.names)


async def test_a_caller_holds_a_part_of_a_hosts_turns(fetches: Fetches) -> None:
    await fetches.begin(*some("a.x", 20))
    assert len(fetches.begun) == 2
    await fetches.begin("a.y.0", "b.x.0")
    assert fetches.begun[2:] == ["a.y.0", "b.x.0"]


async def test_a_host_holds_a_part_of_all_turns(fetches: Fetches) -> None:
    await fetches.begin(*some("a.x", 9), *some("b.x", 9), *some("c.x", 9))
    assert len(fetches.begun) == 4
    await fetches.begin("c.y.0")
    assert fetches.begun[4:] == ["c.y.0"]


async def test_a_caller_holds_a_part_of_all_turns(fetches: Fetches) -> None:
    await fetches.begin(*(f"a.{host}.0" for host in "qrstuvwxyz"))
    assert len(fetches.begun) == 8
    await fetches.begin("b.z.0")
    assert fetches.begun[8:] == ["b.z.0"]


async def test_no_more_fetches_than_turns(fetches: Fetches) -> None:
    await fetches.begin(*(f"{caller}.{host}.0" for caller in "abcd" for host in "stuvwxyz"))
    assert len(fetches.begun) == 16


async def test_free_turns_go_to_one_caller_after_the_other(fetches: Fetches) -> None:
    first = [*some("a.x", 2), *some("b.x", 2)]
    await fetches.begin(*first, *some("c.x", 5), "d.x.0", "e.x.0")
    await fetches.end(*first)
    assert fetches.begun[4:] == ["c.x.0", "d.x.0", "e.x.0", "c.x.1"]


async def test_one_who_leaves_while_waiting_holds_nothing(fetches: Fetches) -> None:
    await fetches.begin(*some("a.x", 4))
    await fetches.end("a.x.2", "a.x.0")
    assert fetches.begun == ["a.x.0", "a.x.1", "a.x.3"]
    await fetches.end("a.x.1", "a.x.3")
    await fetches.begin(*some("b.x", 3))
    assert fetches.begun[3:] == ["b.x.0", "b.x.1"]


async def test_one_who_leaves_when_the_turn_comes_gives_it_on(fetches: Fetches) -> None:
    await fetches.begin(*some("a.x", 4))
    # In one step of the loop, so that the third has its turn but has not run.
    await fetches.end("a.x.0", "a.x.2")
    assert fetches.begun == ["a.x.0", "a.x.1", "a.x.3"]


async def test_waiting_has_an_end() -> None:
    turns = Turns(1, max_caller_share=0.5, max_wait_s=0.01)
    async with turns.turn(caller="a", host="x"):
        with pytest.raises(Unavailable) as raised:
            async with turns.turn(caller="b", host="y"):
                pass
    assert raised.value.headers["Retry-After"]
    async with turns.turn(caller="b", host="y"):
        pass


async def test_a_lookup_keeps_the_turn_of_a_fetch_that_gave_up() -> None:
    turns = Turns(1, max_caller_share=0.5, max_wait_s=0.01)
    async with turns.turn(caller="a", host="x") as turn:
        lookup = turn.hold()
        lookup.__enter__()
    with pytest.raises(Unavailable):
        async with turns.turn(caller="b", host="y"):
            pass
    lookup.__exit__(None, None, None)
    async with turns.turn(caller="b", host="y"):
        pass
