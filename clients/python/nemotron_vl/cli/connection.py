"""The flags of every command that talks to a server."""

import argparse
import os

from nemotron_vl.channel import DEFAULT_ADDRESS
from nemotron_vl.cli.secret_flag import SecretFlag
from nemotron_vl.client import Client

ADDRESS_VARIABLE = "NEMOTRON_VL_ADDRESS"
KEY_VARIABLE = "NEMOTRON_VL_API_KEY"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--address",
        metavar="HOST:PORT",
        default=os.environ.get(ADDRESS_VARIABLE, DEFAULT_ADDRESS),
        help=f"the server's gRPC address (default: %(default)s) [{ADDRESS_VARIABLE}]",
    )
    parser.add_argument(
        "--api-key",
        action=SecretFlag,
        instead=KEY_VARIABLE,
        default=os.environ.get(KEY_VARIABLE),
        help=f"refused; the environment holds the key sent with every call [{KEY_VARIABLE}]",
    )


def connect(args: argparse.Namespace) -> Client:
    """A client of the server named by the flags."""
    return Client(args.address, api_key=args.api_key)
