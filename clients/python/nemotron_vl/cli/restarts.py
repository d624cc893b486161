"""How often a process may be started again, and after how long."""

import time
from collections import deque
from collections.abc import Callable

WINDOW_S = 600.0
_FIRST_DELAY_S = 0.5
_MAX_DELAY_S = 30.0


class Restarts:
    """The restarts of one process within a sliding window."""

    def __init__(self, max_restarts: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_restarts = max_restarts
        self._clock = clock
        self._times = deque[float]()

    def next_delay_s(self) -> float | None:
        """Counts one restart, and returns the seconds to wait before it; None if it is too many."""
        now = self._clock()
        while self._times and now - self._times[0] >= WINDOW_S:
            self._times.popleft()
        if len(self._times) >= self._max_restarts:
            return None
        self._times.append(now)
        return min(_MAX_DELAY_S, _FIRST_DELAY_S * 2 ** (len(self._times) - 1))
