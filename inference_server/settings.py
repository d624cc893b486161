"""Fills a ServerConfig from flags and environment variables, which the caller hands in.

A flag wins over NEMOTRON_VL_*, and that over the aliases; a variable set to nothing counts as
unset, as compose files write them so.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from inference_server.config import ServerConfig

_PREFIX = "NEMOTRON_VL_"
_GATEWAYS_PREFIX = "NEMOTRON_VL_GATEWAY_"

# Set by charts, operators and compose files of the container that this server replaces, or read by
# the gateway or the client; they mean nothing here, and a warning at each start would be noise.
_MEANINGLESS_HERE = frozenset(
    {
        "NIM_CORS_ALLOW_HEADERS",
        "NIM_CORS_ALLOW_METHODS",
        "NIM_CORS_ALLOW_ORIGINS",
        "NIM_CORS_EXPOSE_HEADERS",
        "NIM_CORS_MAX_AGE",
        "NIM_DISABLE_LOG_REQUESTS",
        "NIM_HEALTH_PORT",
        "NIM_HTTP_API_PORT",
        "NIM_HTTP_MAX_WORKERS",
        "NIM_SERVER_PORT",
        "NIM_SSL_CA_CERTS_PATH",
        "NIM_SSL_CERTS_PATH",
        "NIM_SSL_KEY_PATH",
        "NIM_SSL_MODE",
        "NIM_TENSOR_PARALLEL_SIZE",
        "NIM_TOKENIZER_MODE",
        "NIM_TRITON_GRPC_PORT",
        "NIM_TRITON_LOG_VERBOSE",
        "NIM_TRITON_METRICS_PORT",
        "NEMOTRON_VL_ADDRESS",
        "NEMOTRON_VL_API_KEY",
    }
)


class SettingError(ValueError):
    """A setting that cannot be; the message names it and fits on one line."""


@dataclass(frozen=True, slots=True)
class _Setting:
    section: str
    name: str
    field: FieldInfo

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def variables(self) -> tuple[str, ...]:
        extra = self.field.json_schema_extra
        aliases = extra["aliases"] if isinstance(extra, dict) else []
        assert isinstance(aliases, list)
        return (_PREFIX + self.name.upper(), *map(str, aliases))


def read_settings(argv: Sequence[str], environ: Mapping[str, str]) -> ServerConfig:
    """The configuration that flags and variables amount to. Raises SettingError."""
    settings = list(_settings())
    flags = vars(_parser(settings).parse_args(argv))
    values: dict[str, dict[str, str]] = {}
    origins: dict[str, str] = {}
    for setting in settings:
        given = _given(setting, flags[setting.name], environ)
        if given is not None:
            origins[setting.name], values.setdefault(setting.section, {})[setting.name] = given
    try:
        return ServerConfig.model_validate(values)
    except ValidationError as error:
        raise SettingError(_one_line(error, origins)) from None


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """The NIM_* and NEMOTRON_VL_* variables that nobody reads, in order of name."""
    known = {variable for setting in _settings() for variable in setting.variables}
    return sorted(
        name
        for name in environ
        if name.startswith(("NIM_", _PREFIX))
        and not name.startswith(_GATEWAYS_PREFIX)
        and name not in known | _MEANINGLESS_HERE
    )


def _settings() -> Iterator[_Setting]:
    for section, field in ServerConfig.model_fields.items():
        model = field.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        for name, setting in model.model_fields.items():
            yield _Setting(section, name, setting)


def _parser(settings: Sequence[_Setting]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nemotron-vl-server",
        description="The inference server: Nemotron Nano 12B v2 VL over gRPC.",
        allow_abbrev=False,
    )
    for setting in settings:
        options: dict[str, Any] = {"default": None, "dest": setting.name, "help": _help(setting)}
        if setting.field.annotation is bool:
            options |= {"action": argparse.BooleanOptionalAction}
        else:
            options |= {"metavar": "VALUE"}
        parser.add_argument(setting.flag, **options)
    return parser


def _help(setting: _Setting) -> str:
    default = setting.field.default
    if isinstance(default, BaseModel):
        default = default.model_dump_json(exclude_none=True)
    if isinstance(default, tuple):
        default = ",".join(default)
    stated = "" if default is None else f" (default: {default})"
    text = f"{setting.field.description}{stated} [{' '.join(setting.variables)}]"
    return text.replace("%", "%%")


def _given(
    setting: _Setting, flag_value: Any, environ: Mapping[str, str]
) -> tuple[str, Any] | None:
    if flag_value is not None:
        return setting.flag, flag_value
    for variable in setting.variables:
        if environ.get(variable):
            return variable, environ[variable]
    return None


def _one_line(error: ValidationError, origins: Mapping[str, str]) -> str:
    first = error.errors()[0]
    _, name, *inner = (str(step) for step in first["loc"])
    setting = next(setting for setting in _settings() if setting.name == name)
    names = ", ".join((setting.flag, *setting.variables))
    where = f"{origins[name]}{''.join(f' {step}' for step in inner)}"
    value = json.dumps(first["input"], default=str)
    return f"{where} is {value}: {first['msg']} (setting: {names})"
