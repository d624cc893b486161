"""Reads the requests of calls: a few at a time, within a time, and bounded in what they become."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import grpc
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError, Message

from inference_server.caller import CallerTurns
from inference_server.errors import InvalidArgument, PayloadTooLarge, SlowSender
from inference_server.rpc.admission.encoded_fields import has_more_fields

# The transport takes no more of a message than a window before somebody reads it, and then all. So
# what has not yet arrived is bounded by the number of readers.
_MAX_READERS = 64

# Far more than a prompt can hold. Each may take a hundred bytes once it is decoded.
_MAX_FIELDS = 2**17

# Bytes of a request that is decoded in a thread: its fields take some 50 ms to count.
_LONG = 2**17
_THREAD = ThreadPoolExecutor(1, thread_name_prefix="decode")


class RequestReader:
    """Reads the one request of each call that has one."""

    def __init__(self, *, timeout_s: float, max_caller_share: float) -> None:
        self._timeout_s = timeout_s
        self._readers = CallerTurns(_MAX_READERS, max_caller_share=max_caller_share)

    async def read(self, context: grpc.aio.ServicerContext) -> bytes:
        """The encoded request. Raises SlowSender if it takes too long to arrive."""
        async with self._readers.turn():
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


async def decode_request(method: str, data: bytes) -> Message:
    """The request of a method such as package.Service.Method.

    Raises PayloadTooLarge if it has too many fields and InvalidArgument if it cannot be decoded.
    """
    if len(data) < _LONG:
        return _decode(method, data)
    return await asyncio.get_running_loop().run_in_executor(_THREAD, _decode, method, data)


def _decode(method: str, data: bytes) -> Message:
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
