from serving.callers import CallerShares


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
