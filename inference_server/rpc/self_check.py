"""Notices that the server no longer answers, though its process lives."""

import asyncio
import logging

import grpc
from grpc_health.v1 import health_pb2
from nemotron_vl.services import HEALTH_CHECK

logger = logging.getLogger(__name__)

_PERIOD_S = 5.0
# A busy machine answers late. One that hangs for a minute is of no use to anybody.
_TIMEOUT_S = 20.0
_NUM_FAILURES = 3


async def until_deaf(address: str) -> None:
    """Returns once the health check of the server's own port has failed several times in a row."""
    # One connection for the whole time, since there may be no place for another.
    async with grpc.aio.insecure_channel(address) as channel:
        check = channel.unary_unary(
            HEALTH_CHECK, request_serializer=health_pb2.HealthCheckRequest.SerializeToString
        )
        num_failures = 0
        while num_failures < _NUM_FAILURES:
            await asyncio.sleep(_PERIOD_S)
            try:
                await check(health_pb2.HealthCheckRequest(), timeout=_TIMEOUT_S)
                num_failures = 0
            except grpc.aio.AioRpcError as error:
                num_failures += 1
                logger.warning("the server's check of its own port failed: %s", error.code().name)
