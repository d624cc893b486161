"""The hosts that an operator allows to fetch from although their addresses are not public."""

import ipaddress
import re
from collections.abc import Sequence

from yarl import URL

_ENTRY = re.compile(r"(\[[0-9a-f:.]+\]|[^\s\[\]:/?#@*,]+)(:\d{1,5})?")


class MediaHosts:
    """Names and addresses; one with a port allows that port alone."""

    def __init__(self, entries: Sequence[str]) -> None:
        """Takes entries such as `host`, `host:8080`, `10.0.0.7`, `::1` and `[::1]:8080`.

        Raises ValueError, with a message, for one that is none of these.
        """
        self._allowed = frozenset(map(_parsed, entries))

    def __contains__(self, url: URL) -> bool:
        host = host_of(url)
        return (host, None) in self._allowed or (host, url.port) in self._allowed


def host_of(url: URL) -> str:
    """The host by one name, however the URL spells it."""
    return (url.raw_host or "").lower().rstrip(".")


def _parsed(entry: str) -> tuple[str, int | None]:
    text = _bracketed(entry)
    try:
        url = URL(f"http://{text}")
        is_host = bool(_ENTRY.fullmatch(text) and host_of(url) and url.port)
    except ValueError:
        url, is_host = URL(), False
    if not is_host:
        raise ValueError(f"{entry!r} is neither a host nor a host, a colon and a port")
    return host_of(url), url.explicit_port


def _bracketed(entry: str) -> str:
    try:
        is_bare = ipaddress.ip_address(entry).version == 6
    except ValueError:
        is_bare = False
    return f"[{entry}]" if is_bare else entry
