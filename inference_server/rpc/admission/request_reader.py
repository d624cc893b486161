"""Reads the requests of calls: a few at a time, within a time, and bounded in what they become."""

import asyncio
from functools import cache
from weakref import WeakValueDictionary

import grpc
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError, Message

from inference_server.errors import InvalidArgument, PayloadTooLarge, SlowSender
from inference_server.rpc.admission.encoded_fields import has_more_fields

# The transport takes no more of a message than a window before somebody reads it, and then all. So
# what has not yet arrived is bounded by the number of readers.
_MAX_READERS = 64

# Far more than a prompt can hold. Each may take a hundred bytes once it is decoded.
_MAX_FIELDS = 2**17


class RequestReader:
    """Reads the one request of each call that has one."""

    def __init__(self, *, timeout_s: float, max_caller_share: float) -> None:
        self._timeout_s = timeout_s
        self._max_readers_of_one = max(1, int(_MAX_READERS * max_caller_share))
        self._readers = asyncio.Semaphore(_MAX_READERS)
        self._readers_by_caller = WeakValueDictionary[str, asyncio.Semaphore]()

    async def read(self, context: grpc.aio.ServicerContext, caller: str) -> bytes:
        """The encoded request. Raises SlowSender if it takes too long to arrive."""
        async with self._readers_of(caller), self._readers:
            try:
                async with asyncio.timeout(self._timeout_s):
                    data = await context.read()
            except TimeoutError:
                raise SlowSender(
                    f"The request has not arrived within {self._timeout_s:g} s."
                ) from None
        if not isinstance(data, bytes):
            raise InvalidArgument("The call ended without its request.")
        return data

    def _readers_of(self, caller: str) -> asyncio.Semaphore:
        # Kept only by those who wait for it or hold it.
        return self._readers_by_caller.setdefault(
            caller, asyncio.Semaphore(self._max_readers_of_one)
        )


def decode_request(method: str, data: bytes) -> Message:
    """The request of a method such as package.Service.Method.

    Raises PayloadTooLarge if it has too many fields and InvalidArgument if it cannot be decoded.
    """
    kind = _request_kind(method)
    if has_more_fields(data, kind, _MAX_FIELDS):
        raise PayloadTooLarge(
            f"The request has more than {_MAX_FIELDS} fields, those of its parts included."
        )
    try:
        return message_factory.GetMessageClass(kind).FromString(data)
    except DecodeError:
        raise InvalidArgument(f"The request is not a valid {kind.full_name} message.") from None


@cache
def _request_kind(method: str) -> Descriptor:
    return descriptor_pool.Default().FindMethodByName(method).input_type
