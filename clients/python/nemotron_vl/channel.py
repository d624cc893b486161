"""The parts that both clients share: channel options, metadata, deadlines."""

import json
from dataclasses import dataclass
from typing import TypedDict

DEFAULT_ADDRESS = "127.0.0.1:8001"
MAX_MESSAGE_BYTES = 64 * 2**20

# The library retries only before the first message arrives, so nothing is generated twice.
_RETRIES = {
    "methodConfig": [
        {
            "name": [{"service": ""}],
            "retryPolicy": {
                "maxAttempts": 3,
                "initialBackoff": "0.2s",
                "maxBackoff": "2s",
                "backoffMultiplier": 3,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
    "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
}


def channel_options(max_message_bytes: int) -> list[tuple[str, int | str]]:
    """Options of a channel that receives streams of tokens and sends images."""
    return [
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        # A long prefill sends no data; pings must continue.
        ("grpc.http2.max_pings_without_data", 0),
        # With the probe, the window grows so large that the server never notices a slow reader.
        ("grpc.http2.bdp_probe", 0),
        ("grpc.service_config", json.dumps(_RETRIES)),
    ]


class CallArguments(TypedDict):
    """The arguments of every stub call, besides the request."""

    timeout: float | None
    metadata: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDefaults:
    """Defaults for all calls of one client."""

    api_key: str | None
    timeout_s: float | None

    def arguments(
        self, timeout_s: float | None = None, request_id: str | None = None
    ) -> CallArguments:
        metadata: list[tuple[str, str]] = []
        if self.api_key:
            metadata.append(("authorization", f"Bearer {self.api_key}"))
        if request_id:
            metadata.append(("x-request-id", request_id))
        timeout_s = self.timeout_s if timeout_s is None else timeout_s
        return CallArguments(timeout=timeout_s, metadata=tuple(metadata))
