"""Which addresses the gateway may connect to for a caller's URL.

The check is made where the socket is made, on the address that is about to be used, so names,
numbers in any notation, changing DNS answers and redirects all pass through it.
"""

import ipaddress
import re
import socket
from typing import Any

from yarl import URL

from http_gateway.errors import InvalidRequest

# URL parsers disagree about these, and none belongs in a URL.
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\]")
# As much as servers take. Reading a URL takes time that grows with the square of its length.
_MAX_URL = 8192

# Networks that `is_global` accepts although they are relays or reserved.
_REFUSED_V4 = tuple(
    ipaddress.IPv4Network(network) for network in ("192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4")
)
_GLOBAL_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
    )
)

REFUSAL = "not a public address"


class AddressRefused(OSError):
    """An OSError, so that a connector tries the name's next address and then gives up."""


def is_public(address: str) -> bool:
    """Whether this numeric address is on the public internet."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not parsed.is_global or parsed.is_multicast:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return not any(parsed in network for network in _REFUSED_V4)
    # IPv4 addresses inside IPv6, such as mapped ones and NAT64, are outside global unicast.
    if parsed.scope_id is not None or parsed not in _GLOBAL_UNICAST_V6:
        return False
    return not any(parsed in network for network in _REFUSED_V6)


def public_socket(
    address_info: tuple[int, int, int, str, tuple[Any, ...]],
) -> socket.socket:
    """A socket for an address, unless the address is not public. For aiohttp's connector."""
    family, kind, protocol, _, address = address_info
    if not is_public(str(address[0])):
        raise AddressRefused(REFUSAL)
    return socket.socket(family, kind, protocol)


def check_url(url: str, *, param: str) -> URL:
    """The parsed URL. Raises InvalidRequest if it is never fetched, whatever its address."""
    if len(url) > _MAX_URL:
        raise InvalidRequest(f"The URL has more than {_MAX_URL} characters.", param=param)
    if _AMBIGUOUS.search(url):
        raise InvalidRequest(
            "The URL contains a blank, a backslash or a control character.", param=param
        )
    try:
        parsed = URL(url)
        # Both are parsed on access and may fail: a port out of range, an invalid name.
        host, port = parsed.host, parsed.port
    except ValueError:
        raise InvalidRequest("The URL is not valid.", param=param) from None
    if parsed.scheme not in ("http", "https"):
        raise InvalidRequest("The URL must be a data, http or https URL.", param=param)
    if not host or port == 0:
        raise InvalidRequest("The URL is not valid.", param=param)
    if parsed.user is not None or parsed.password is not None:
        raise InvalidRequest("The URL must not contain credentials.", param=param)
    return parsed
