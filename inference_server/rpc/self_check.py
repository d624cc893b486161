"""Notices that the server no longer answers, though its process lives.

It calls a method that does not exist: the answer needs neither a place among the calls nor anything
else that callers can take, and any answer shows that the server hears.
"""

import asyncio
import logging

import grpc

logger = logging.getLogger(__name__)

_PERIOD_S = 5.0
# A busy machine answers late. One that hangs for a minute is of no use to anybody.
_TIMEOUT_S = 20.0
_NUM_FAILURES = 3

_METHOD = "/nemotron_vl.SelfCheck/Check"
_NO_ANSWER = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


async def wait_until_unresponsive(address: str) -> None:
    """Returns once nothing has answered on the server's own port several times in a row."""
    # One connection for the whole time, since there may be no place for another.
    async with grpc.aio.insecure_channel(address) as channel:
        check = channel.unary_unary(_METHOD)
        num_failures = 0
        while num_failures < _NUM_FAILURES:
            await asyncio.sleep(_PERIOD_S)
            try:
                await check(b"", timeout=_TIMEOUT_S)
            except grpc.aio.AioRpcError as error:
                if error.code() not in _NO_ANSWER:
                    num_failures = 0
                    continue
                num_failures += 1
                logger.warning("nothing answers on the server's own port: %s", error.code().name)
