"""A flag that is refused, since every user of the machine can read a command line."""

import argparse
from typing import Any, NoReturn


class SecretFlag(argparse.Action):
    """Takes `instead`: what to use, for the message."""

    def __init__(self, *, instead: str, **options: Any) -> None:
        super().__init__(**options)
        self._instead = instead

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,  # noqa: ARG002
        values: object,  # noqa: ARG002
        option_string: str | None = None,
    ) -> NoReturn:
        parser.error(
            f"{option_string} is refused, since every user of this machine can read a command "
            f"line; use {self._instead}"
        )
