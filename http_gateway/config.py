"""Every setting of the gateway, declared once. `settings` says where their values come from."""

from pathlib import Path
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, BeforeValidator, SecretStr

from http_gateway.media_hosts import MediaHosts
from serving.settings import LogSettings, Settings, Several, setting

MIB = 2**20


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _checked_hosts(entries: tuple[str, ...]) -> tuple[str, ...]:
    MediaHosts(entries)
    return entries


class GatewayConfig(Settings):
    """Where the gateway listens, what it takes on, and how long it waits."""

    host: str = setting("127.0.0.1", "address to listen on", min_length=1)
    port: int = setting(
        8000,
        "HTTP port; 0 lets the system choose",
        aliases=["NIM_HTTP_API_PORT", "NIM_SERVER_PORT"],
        ge=0,
        le=65535,
    )
    backend: str = setting("127.0.0.1:8001", "gRPC target of the inference server", min_length=1)
    num_channels: int = setting(
        4, "connections to the inference server; a large message holds up only its own", ge=1
    )
    max_message_bytes: int = setting(
        64 * MIB,
        "most bytes of one gRPC message; the server has the same limit",
        aliases=["NEMOTRON_VL_MAX_MESSAGE_BYTES"],
        ge=64 * 1024,
    )
    request_timeout_s: float | None = setting(
        None, "deadline of one generation, in seconds; unset: none", gt=0.0
    )

    max_body_bytes: int = setting(96 * MIB, "most bytes of one request body", ge=1024)
    max_bytes_in_flight: int = setting(
        1024 * MIB,
        "most bytes of all requests in flight, bodies and fetched media together; further requests "
        "are refused; memory use may reach four times as much",
        ge=1024,
    )
    max_caller_share: float = setting(
        0.5,
        "largest part of each limit that one caller may hold: whoever has the same key or, without "
        "keys, the same address",
        gt=0.0,
        le=1.0,
    )
    max_connections: int = setting(
        4096,
        "most connections; a further one takes the place of the oldest that is idle or is refused",
        ge=1,
    )
    idle_timeout_s: float = setting(
        75.0, "seconds after which a connection without a whole request head is closed", gt=0.0
    )
    body_timeout_s: float = setting(120.0, "seconds for a request body to arrive", gt=0.0)
    min_body_bytes_per_s: int = setting(
        64 * 1024,
        "slowest rate of a body, over ten seconds; a slower request is refused; 0: no limit",
        ge=0,
    )
    heartbeat_s: float = setting(
        15.0, "seconds of silence after which a stream gets a comment", gt=0.0
    )
    stall_timeout_s: float = setting(
        60.0, "seconds after which a client that reads nothing of its answer is dropped", gt=0.0
    )
    drain_grace_s: float = setting(
        30.0, "seconds to wait for running answers after SIGTERM", ge=0.0
    )

    api_keys: Several[SecretStr] = setting(
        (), "keys that open the gateway, separated by commas; none: it is open to all"
    )
    api_keys_file: Path | None = setting(
        None,
        "file of further keys, one a line, each with a label and a blank before it or without; a "
        "label names who has the key",
    )
    cors_allow_origins: Several[str] = setting(
        (),
        "origins whose pages may call, separated by commas, or *",
        aliases=["NIM_CORS_ALLOW_ORIGINS"],
    )
    allowed_hosts: Annotated[Several[str], BeforeValidator(_lower)] = setting(
        (),
        "further names of the gateway in Host headers, for one without keys: pages of the web may "
        "not call by other names, nor may anyone where it listens on loopback; *: all",
    )

    fetch_media: bool = setting(True, "fetch images and videos given as http(s) URLs")
    allow_media_hosts: Annotated[
        Several[str], BeforeValidator(_lower), AfterValidator(_checked_hosts)
    ] = setting(
        (),
        "hosts to fetch from even if their addresses are not public, separated by commas; "
        "host:port allows one port",
    )
    max_media: int | None = setting(
        None, "most images and videos of one request; unset: as many as the server allows", ge=0
    )
    max_redirects: int = setting(3, "most redirects that one fetch follows", ge=0)
    fetch_wait_timeout_s: float = setting(
        10.0,
        "seconds that one fetch waits while others fetch; then its request is refused",
        gt=0.0,
    )
    image_fetch_timeout_s: float = setting(10.0, "seconds to fetch one image", gt=0.0)
    video_fetch_timeout_s: float = setting(30.0, "seconds to fetch one video", gt=0.0)

    log: LogSettings = LogSettings()


CONFIG = web.AppKey("CONFIG", GatewayConfig)
