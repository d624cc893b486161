import pytest

from http_gateway.byte_budget import SMALL_BYTES, ByteBudget
from http_gateway.errors import Unavailable

# Together, large requests have three of these, small ones one.
PART = 10 * SMALL_BYTES


def test_together_requests_get_no_more_than_there_is() -> None:
    budget = ByteBudget(4 * PART)
    with budget.share("a") as first, budget.share("b") as second:
        first.take(2 * PART)
        second.take(PART)
        with pytest.raises(Unavailable) as raised:
            second.take(1)
        assert raised.value.headers["Retry-After"]


def test_the_end_of_a_request_gives_back_what_it_took() -> None:
    budget = ByteBudget(4 * PART)
    with budget.share("a") as last:
        last.take(PART)
        with budget.share("b") as first:
            first.take(2 * PART)
        with pytest.raises(Unavailable), budget.share("b") as refused:
            refused.take(2 * PART + 1)
        with budget.share("b") as second:
            second.take(2 * PART)


def test_a_request_that_is_alone_gets_what_it_asks_for() -> None:
    with ByteBudget(10, max_caller_share=0.5).share("a") as share:
        share.take(8)
        share.take(8)


def test_large_requests_leave_room_for_small_ones() -> None:
    budget = ByteBudget(4 * PART)
    with budget.share("a") as large:
        for _ in range(3 * PART // SMALL_BYTES):
            large.take(SMALL_BYTES)
        with budget.share("b") as small:
            small.take(SMALL_BYTES)
            with pytest.raises(Unavailable):
                small.take(1)


def test_small_requests_are_limited_too() -> None:
    budget = ByteBudget(4 * PART)
    shares = [budget.share(str(number)) for number in range(PART // SMALL_BYTES + 1)]
    for share in shares[:-1]:
        share.__enter__().take(SMALL_BYTES)
    with shares[-1] as late, pytest.raises(Unavailable):
        late.take(SMALL_BYTES)
    for share in shares[:-1]:
        share.__exit__(None, None, None)
    with budget.share("a") as share:
        share.take(SMALL_BYTES)


def test_a_caller_gets_a_part() -> None:
    budget = ByteBudget(4 * PART, max_caller_share=0.5)
    with budget.share("a") as first, budget.share("a") as second, budget.share("b") as other:
        first.take(PART)
        with pytest.raises(Unavailable, match="one caller"):
            second.take(PART)
        other.take(PART)
    with budget.share("a") as later:
        later.take(PART)


def test_who_is_refused_more_still_holds_what_it_has() -> None:
    budget = ByteBudget(4 * PART)
    with budget.share("a") as first, budget.share("b") as second:
        first.take(2 * PART)
        second.take(PART)
        for _ in range(2):
            with pytest.raises(Unavailable):
                second.take(1)
        assert second.num_bytes == PART
