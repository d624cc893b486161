"""What the media of one request may still take: bytes, and turns to fetch."""

import asyncio

from http_gateway.byte_budget import Share
from http_gateway.errors import PayloadTooLarge
from http_gateway.translation.media_reference import MediaRef

# As many as a browser opens to one host, and fewer than one caller may: its other requests must not
# wait for a list of slow URLs.
_MAX_FETCHES_OF_ONE = 6


class Allowance:
    """The bytes that all media of one request may still take, and its turns to fetch."""

    def __init__(self, max_bytes: int, share: Share) -> None:
        self.turns = asyncio.Semaphore(_MAX_FETCHES_OF_ONE)
        self._max_bytes = max_bytes
        self._left = max_bytes
        self._share = share

    def take(self, num_bytes: int, reference: MediaRef) -> None:
        """Raises PayloadTooLarge that names the media which goes beyond the limit."""
        self._left -= num_bytes
        if self._left < 0:
            raise PayloadTooLarge(
                f"The media of one request may have at most {self._max_bytes} bytes.",
                param=reference.param,
            )

    def take_fetched(self, num_bytes: int, reference: MediaRef) -> None:
        """The same for fetched bytes, which count towards the share as well."""
        self.take(num_bytes, reference)
        self._share.take(num_bytes)
