import asyncio

import pytest

from inference_server.errors import Overloaded
from inference_server.rpc.admission.calls_in_flight import CallsInFlight


def in_flight(*, max_calls: int = 9, max_bytes: int = 100, share: float = 1) -> CallsInFlight:
    return CallsInFlight(max_calls=max_calls, max_bytes=max_bytes, max_caller_share=share)


def test_a_call_beyond_the_bound_is_refused_until_one_ends() -> None:
    calls = in_flight(max_calls=1)
    with calls.admit("a"), pytest.raises(Overloaded), calls.admit("b"):
        pass
    with calls.admit("b"):
        pass


def test_bytes_beyond_the_bound_are_refused_until_others_end() -> None:
    calls = in_flight()
    with calls.hold("a", 60):
        with pytest.raises(Overloaded), calls.hold("b", 41):
            pass
        with calls.hold("b", 40), pytest.raises(Overloaded), calls.hold("c", 1):
            pass
        with calls.hold("b", 40):
            pass


def test_the_first_is_let_in_whatever_its_size() -> None:
    calls = in_flight(share=0.5)
    with calls.hold("a", 101):
        pass


def test_one_caller_gets_its_share_of_the_calls() -> None:
    calls = in_flight(max_calls=4, share=0.5)
    with calls.admit("a"), calls.admit("a"):
        with pytest.raises(Overloaded, match="One caller may have 2 calls"), calls.admit("a"):
            pass
        with calls.admit("b"), calls.admit("b"):
            pass
    with calls.admit("a"), calls.admit("a"):
        pass


def test_one_caller_gets_its_share_of_the_bytes() -> None:
    calls = in_flight(share=0.5)
    with calls.hold("a", 40):
        with pytest.raises(Overloaded, match="the 50 bytes"), calls.hold("a", 11):
            pass
        with calls.hold("b", 50):
            pass


async def test_it_is_idle_once_no_call_is_left() -> None:
    calls = in_flight()
    with calls.admit("a"):
        with calls.admit("a"):
            pass
        waiting = asyncio.create_task(calls.wait_idle())
        await asyncio.sleep(0)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 30)
