from nemotron_vl.cli.restarts import WINDOW_S, Restarts


def test_delays_double_up_to_a_bound_and_the_restarts_end() -> None:
    restarts = Restarts(8, clock=lambda: 0.0)
    delays = [restarts.next_delay_s() for _ in range(9)]
    assert delays == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, None]


def test_window_slides() -> None:
    now = iter([0.0, 100.0, WINDOW_S - 1, WINDOW_S, WINDOW_S + 1])
    restarts = Restarts(2, clock=lambda: next(now))
    delays = [restarts.next_delay_s() for _ in range(5)]
    assert delays == [0.5, 1.0, None, 1.0, None]
