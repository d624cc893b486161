"""The command `nemotron-vl`. Each subcommand is a module; none imports the servers."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import metadata

from nemotron_vl.cli import bench, caption, chat, health, serve
from nemotron_vl.errors import NemotronError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one subcommand and returns the exit status."""
    parser = _parser()
    args, args.rest = parser.parse_known_args(argv)
    if args.rest and args.run is not serve.run:
        parser.error(f"unrecognized arguments: {' '.join(args.rest)}")
    try:
        return args.run(args)
    except NemotronError as error:
        sys.stderr.write(f"nemotron-vl: {error.code.name}: {error.message}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of the output, such as `head`, has closed it. Flushing the buffer at exit must
        # not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nemotron-vl",
        description="Serve Nemotron Nano 12B v2 VL, caption images with it, chat with it.",
    )
    parser.add_argument("--version", action="version", version=metadata.version("nemotron-vl"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (serve, caption, chat, health, bench):
        name = command.__name__.rpartition(".")[2]
        subparser = commands.add_parser(
            name, help=command.SUMMARY, description=command.__doc__, allow_abbrev=False
        )
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser
