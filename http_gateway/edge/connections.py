"""How many connections there are, and who has to give way to a new one."""

import logging
import time
from typing import Protocol

from serving.callers import CallerShares
from serving.descriptors import descriptor_limit

_logger = logging.getLogger(__name__)

# The rest of the descriptors is for fetches, the inference server and connections being refused.
_PART_OF_DESCRIPTORS = 0.75
_PAUSE_OF_LOG_S = 10.0


class Connection(Protocol):
    """A connection that may be asked to give way."""

    @property
    def is_idle(self) -> bool:
        """Whether no request of it is being answered."""
        ...

    def force_close(self) -> None:
        """Closes it."""
        ...


class Connections:
    """Every open connection and its peer, oldest first. One peer may hold a part of them."""

    def __init__(self, max_connections: int, max_caller_share: float) -> None:
        fitting = int(descriptor_limit() * _PART_OF_DESCRIPTORS)
        self._most = max(1, min(max_connections, fitting))
        self._callers = CallerShares(max(1, int(self._most * max_caller_share)))
        self._peers: dict[Connection, str] = {}
        self._last_log_s = -_PAUSE_OF_LOG_S

    def admit(self, connection: Connection, peer: str) -> bool:
        """Whether there is room for it, if need be in place of the oldest that is idle."""
        if not self._callers.has_room(peer, 1):
            has_room = self._close_idle(peer)
        else:
            has_room = len(self._peers) < self._most or self._close_idle(None)
        if has_room:
            self._peers[connection] = peer
            self._callers.add(peer, 1)
        else:
            self._log()
        return has_room

    def remove(self, connection: Connection) -> None:
        """Forgets a connection, if it is there."""
        peer = self._peers.pop(connection, None)
        if peer is not None:
            self._callers.add(peer, -1)

    def _close_idle(self, peer: str | None) -> bool:
        """Closes the oldest idle connection of a peer, or of all."""
        for connection, its_peer in self._peers.items():
            if connection.is_idle and peer in (None, its_peer):
                self.remove(connection)
                connection.force_close()
                return True
        return False

    def _log(self) -> None:
        now_s = time.monotonic()
        if now_s - self._last_log_s >= _PAUSE_OF_LOG_S:
            self._last_log_s = now_s
            _logger.warning(
                "connections are refused: %d are open and busy, of at most %d (max_connections, "
                "or three quarters of the open files that the system allows)",
                len(self._peers),
                self._most,
            )
