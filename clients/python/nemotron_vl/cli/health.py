"""Says whether a server is running and its model ready. Exits with 0 if so, otherwise 1."""

import argparse

from nemotron_vl.cli import connection
from nemotron_vl.errors import NemotronError

SUMMARY = "say whether a server is running and ready"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    connection.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    with connection.connect(args) as client:
        try:
            is_live, is_ready = client.health(""), client.health()
        except NemotronError as error:
            print(f"{args.address}: unreachable ({error.message})")
            return 1
        if not is_ready:
            print(f"{args.address}: {'the model is not ready' if is_live else 'not serving'}")
            return 1
        print(f"{args.address}: ready, serving {client.model().name}")
        return 0
