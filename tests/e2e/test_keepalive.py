"""A caller that pings often keeps its connection."""

import time

import grpc
from grpc_health.v1 import health_pb2

from tests.e2e.support.serving import Serving

_PING_PERIOD_S = 5
# The transport closes a connection at the third ping that comes too early.
_NUM_PINGS = 4


def test_a_caller_may_ping_every_five_seconds_while_it_waits(mock: Serving) -> None:
    options = [
        ("grpc.keepalive_time_ms", _PING_PERIOD_S * 1000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
    ]
    with grpc.insecure_channel(mock.address, options) as channel:
        watch = channel.unary_stream(
            "/grpc.health.v1.Health/Watch",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        statuses = watch(health_pb2.HealthCheckRequest())
        assert next(statuses).status == health_pb2.HealthCheckResponse.SERVING
        time.sleep((_NUM_PINGS + 1) * _PING_PERIOD_S)
        assert statuses.is_active(), statuses.details()
        statuses.cancel()
