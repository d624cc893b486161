import pytest

from http_gateway.byte_budget import ByteBudget
from http_gateway.errors import Unavailable


def test_together_requests_get_no_more_than_there_is() -> None:
    budget = ByteBudget(10)
    with budget.share() as first, budget.share() as second:
        first.take(6)
        second.take(4)
        with pytest.raises(Unavailable) as raised:
            second.take(1)
        assert raised.value.headers["Retry-After"]
        with pytest.raises(Unavailable):
            first.take(1)


def test_the_end_of_a_request_gives_back_what_it_took() -> None:
    budget = ByteBudget(10)
    with budget.share() as last:
        last.take(1)
        with budget.share() as first:
            first.take(8)
        with pytest.raises(Unavailable), budget.share() as refused:
            refused.take(10)
        with budget.share() as second:
            second.take(9)


def test_a_request_that_is_alone_gets_what_it_asks_for() -> None:
    with ByteBudget(10).share() as share:
        share.take(8)
        share.take(8)
