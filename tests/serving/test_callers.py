import pytest

from serving.callers import CallerShares, caller_at


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("unix", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_caller_is_known_by_its_address(address: str | None, caller: str) -> None:
    """Below a prefix of IPv6 one subscriber has as many addresses as it likes."""
    assert caller_at(address) == caller


def test_a_caller_gets_its_share_and_no_more() -> None:
    shares = CallerShares(10)
    with shares.hold("a", 8):
        assert shares.has_room("a", 2)
        assert not shares.has_room("a", 3)
        assert shares.has_room("b", 10)
    assert shares.has_room("a", 10)


def test_a_caller_that_holds_nothing_gets_all_it_asks_for() -> None:
    shares = CallerShares(10)
    assert shares.has_room("a", 100)
    shares.add("a", 100)
    assert not shares.has_room("a", 1)


def test_a_caller_that_holds_nothing_is_forgotten() -> None:
    shares = CallerShares(10)
    for number in range(1000):
        with shares.hold(f"caller {number}", 1):
            pass
    assert shares._held == {}
