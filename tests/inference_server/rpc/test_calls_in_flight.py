import asyncio

import pytest

from inference_server.errors import Overloaded
from inference_server.rpc.calls_in_flight import CallsInFlight


def test_a_call_beyond_the_bound_is_refused_until_one_ends() -> None:
    calls = CallsInFlight(max_calls=1, max_bytes=100)
    with calls.admit(1), pytest.raises(Overloaded), calls.admit(1):
        pass
    with calls.admit(1):
        pass


def test_bytes_of_calls_and_items_share_a_bound() -> None:
    calls = CallsInFlight(max_calls=9, max_bytes=100)
    with calls.admit(60):
        with pytest.raises(Overloaded), calls.admit(41):
            pass
        with calls.hold(40), pytest.raises(Overloaded), calls.hold(1):
            pass
        with calls.hold(40):
            pass


def test_the_first_is_let_in_whatever_its_size() -> None:
    calls = CallsInFlight(max_calls=9, max_bytes=100)
    with calls.admit(101):
        pass


async def test_it_is_idle_once_no_call_is_left() -> None:
    calls = CallsInFlight(max_calls=9, max_bytes=100)
    with calls.admit(1):
        with calls.admit(1):
            pass
        waiting = asyncio.create_task(calls.wait_idle())
        await asyncio.sleep(0)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 30)
