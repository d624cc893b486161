"""Flags, logging, and the event loop. The only place that reads the environment."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Any

import uvloop
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from http_gateway.app import serve
from http_gateway.config import GatewayConfig, variables
from http_gateway.log import configure_logging


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the gateway until SIGTERM or SIGINT; the exit status of the process."""
    flags = vars(_parser().parse_args(argv))
    try:
        config = GatewayConfig(
            **{name: value for name, value in flags.items() if value is not None}
        )
    except ValidationError as error:
        sys.stderr.write(f"nemotron-vl-gateway: {_one_line(error)}\n")
        return 2
    configure_logging(config.log_level, jsonl=config.jsonl_logging)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(config))
    except OSError as error:
        sys.stderr.write(f"nemotron-vl-gateway: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nemotron-vl-gateway",
        description="OpenAI chat completions over HTTP in front of the inference server.",
        allow_abbrev=False,
    )
    for name, field in GatewayConfig.model_fields.items():
        options: dict[str, Any] = {"dest": name, "help": _help(name, field)}
        if field.annotation is bool:
            options |= {"action": argparse.BooleanOptionalAction}
        else:
            options |= {"metavar": "VALUE"}
        parser.add_argument(_flag(name), **options)
    return parser


def _help(name: str, field: FieldInfo) -> str:
    stated = "" if field.default in (None, ()) else f" (default: {field.default})"
    return f"{field.description}{stated} [{' '.join(variables(name))}]".replace("%", "%%")


def _one_line(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    where = str(first["loc"][0]) if first["loc"] else ""
    for name in GatewayConfig.model_fields:
        if where in (name, *variables(name)):
            where = ", ".join((_flag(name), *variables(name)))
    return f"{where}: {first['msg']}"


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
