"""The command: settings in, exit code out."""

import asyncio
import logging
import os
import sys
from collections.abc import Sequence

import uvloop

from http_gateway.app import serve
from http_gateway.settings import SETTINGS
from serving.descriptors import raise_descriptor_limit
from serving.log import configure_logging
from serving.settings_reader import SettingError

_logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the gateway until SIGTERM or SIGINT; the exit status of the process."""
    try:
        config = SETTINGS.read(sys.argv[1:] if argv is None else argv, os.environ)
    except SettingError as error:
        sys.stderr.write(f"{SETTINGS.program}: {error}\n")
        return 2
    configure_logging(config.log)
    # aiohttp logs bytes that are not HTTP, which may hold a key. Our handlers log their own errors.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    if unknown := SETTINGS.unknown_variables(os.environ):
        _logger.warning("ignored variables that are no settings: %s", ", ".join(unknown))
    raise_descriptor_limit()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(config))
    except SettingError as error:
        sys.stderr.write(f"{SETTINGS.program}: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"{SETTINGS.program}: {error}\n")
        return 1
    return 0
