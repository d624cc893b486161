"""Every setting of the gateway, declared once for flag, environment and alias."""

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MIB = 2**20
PREFIX = "NEMOTRON_VL_GATEWAY_"


def _aliased(name: str, *aliases: str) -> AliasChoices:
    return AliasChoices(PREFIX + name, *aliases)


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(item for item in (part.strip() for part in value.split(",")) if item)


def _hosts(value: object) -> object:
    return _split(value.lower()) if isinstance(value, str) else value


def _level(value: object) -> object:
    if not isinstance(value, str):
        return value
    return {"DEFAULT": "INFO", "TRACE": "DEBUG"}.get(value.upper(), value.upper())


class GatewayConfig(BaseSettings):
    """A field's name makes its flag (`--max-body-bytes`) and its variable, PREFIX before it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        populate_by_name=True,
    )

    host: str = Field(default="127.0.0.1", description="address to listen on", min_length=1)
    port: int = Field(
        default=8000,
        description="HTTP port; 0 lets the system choose",
        ge=0,
        le=65535,
        validation_alias=_aliased("PORT", "NIM_HTTP_API_PORT", "NIM_SERVER_PORT"),
    )
    backend: str = Field(
        default="127.0.0.1:8001", description="gRPC target of the inference server", min_length=1
    )
    num_channels: int = Field(
        default=4,
        description="connections to the inference server, so that big messages go apart",
        ge=1,
    )
    max_message_bytes: int = Field(
        default=64 * MIB,
        description="bytes of one gRPC message, the same as the server's",
        ge=64 * 1024,
        validation_alias=_aliased("MAX_MESSAGE_BYTES", "NEMOTRON_VL_MAX_MESSAGE_BYTES"),
    )
    request_timeout_s: float | None = Field(
        default=None, description="deadline of one generation; unset: none", gt=0.0
    )

    max_body_bytes: int = Field(default=96 * MIB, description="bytes of one request body", ge=1024)
    max_bytes_in_flight: int = Field(
        default=1024 * MIB,
        description="bytes of the requests in flight, bodies and fetched media, beyond which they "
        "are refused; memory may reach four times as much",
        ge=1024,
    )
    idle_timeout_s: float = Field(
        default=75.0,
        description="a connection that brings no whole request head for so long is closed",
        gt=0.0,
    )
    body_timeout_s: float = Field(
        default=120.0, description="time for a request body to arrive", gt=0.0
    )
    heartbeat_s: float = Field(
        default=15.0, description="a silent stream gets a comment so often", gt=0.0
    )
    stall_timeout_s: float = Field(
        default=60.0,
        description="a client that reads nothing of its answer for so long is dropped",
        gt=0.0,
    )
    drain_grace_s: float = Field(
        default=30.0, description="wait for running answers at the end", ge=0.0
    )

    api_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=(),
        description="keys that open the gateway, comma separated; none: it is open to all",
    )
    cors_allow_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=(),
        description="origins whose pages may call, comma separated, or *",
        validation_alias=_aliased("CORS_ALLOW_ORIGINS", "NIM_CORS_ALLOW_ORIGINS"),
    )

    fetch_media: bool = Field(
        default=True, description="fetch pictures and videos given as http(s) URLs"
    )
    allow_media_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_hosts)] = Field(
        default=(), description="host names fetched from although their addresses are not public"
    )
    max_media: int = Field(default=64, description="pictures and videos of one request", ge=0)
    max_redirects: int = Field(default=3, description="redirects that one fetch follows", ge=0)
    image_fetch_timeout_s: float = Field(
        default=10.0, description="time to fetch one picture", gt=0.0
    )
    video_fetch_timeout_s: float = Field(
        default=30.0, description="time to fetch one video", gt=0.0
    )

    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_level)
    ] = Field(
        default="INFO",
        description="least severe level logged",
        validation_alias=_aliased("LOG_LEVEL", "NEMOTRON_VL_LOG_LEVEL", "NIM_LOG_LEVEL"),
    )
    jsonl_logging: bool = Field(
        default=False,
        description="one JSON object a line instead of text",
        validation_alias=_aliased(
            "JSONL_LOGGING",
            "NEMOTRON_VL_JSONL_LOGGING",
            "NIM_JSONL_LOGGING",
            "NIM_LOGGING_JSONL",
        ),
    )


def variables(name: str) -> tuple[str, ...]:
    """The environment variables that fill the setting of this name, in order of precedence."""
    alias: Any = GatewayConfig.model_fields[name].validation_alias
    if isinstance(alias, AliasChoices):
        return tuple(str(choice) for choice in alias.choices)
    return (PREFIX + name.upper(),)
