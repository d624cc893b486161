"""Talks to the model, each answer as it comes. A line is a message; /image PATH shows a picture
with the next one, /clear forgets the conversation, /exit leaves."""

import argparse
import sys
from collections.abc import Iterator

from rich.console import Console

from nemotron_vl.cli import connection
from nemotron_vl.client import Client
from nemotron_vl.completion import CompletionBuilder
from nemotron_vl.errors import NemotronError
from nemotron_vl.generation import Options
from nemotron_vl.messages import assistant, image, system, user
from nemotron_vl.v1 import content_pb2

SUMMARY = "talk to the model, with pictures"

# The chat template's own, which a message may begin with.
_MODEL_FLAGS = ("/think", "/no_think")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="shown with the first message")
    parser.add_argument("--system", metavar="TEXT", help="instructions to the model")
    parser.add_argument("--thinking", action="store_true", help="reason before each answer")
    parser.add_argument("--max-tokens", type=int, metavar="N", help="most tokens of an answer")
    parser.add_argument(
        "--temperature", type=float, metavar="T", help="0 is greedy (default: the server's)"
    )
    connection.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    with connection.connect(args) as client:
        chat = _Chat(client, args)
        for path in args.images:
            chat.attach(path)
        for line in _lines():
            if line == "/exit":
                break
            chat.take(line)
    return 1 if chat.num_failures and not sys.stdin.isatty() else 0


class _Chat:
    """A conversation and the pictures that wait for its next message."""

    def __init__(self, client: Client, args: argparse.Namespace) -> None:
        self._client = client
        self._console = Console(highlight=False, markup=False, soft_wrap=True)
        self._opening = [system(args.system)] if args.system else []
        self._options = Options(thinking=True) if args.thinking else Options()
        if args.max_tokens is not None:
            self._options["max_tokens"] = args.max_tokens
        if args.temperature is not None:
            self._options["temperature"] = args.temperature
        self._messages = list(self._opening)
        self._pictures = dict[str, content_pb2.Part]()
        self.num_failures = 0

    def take(self, line: str) -> None:
        """Does what a line asks for."""
        command, _, argument = line.partition(" ")
        match command:
            case "":
                pass
            case "/clear":
                self._messages, self._pictures = list(self._opening), {}
            case "/image":
                self.attach(argument.strip())
            case _ if command.startswith("/") and command not in _MODEL_FLAGS:
                self._complain(f"{command} is no command; /image PATH, /clear and /exit are")
            case _:
                self._say(line)

    def attach(self, path: str) -> None:
        """Keeps a picture for the next message."""
        try:
            self._pictures[path] = image(path)
        except OSError as error:
            self._complain(f"{path}: {error.strerror}")

    def _say(self, text: str) -> None:
        pictures, self._pictures = self._pictures, {}
        turn = user(*pictures.values(), text)
        try:
            answer = self._answer([*self._messages, turn])
        except NemotronError as error:
            # They may be what is wrong, and would be so with every message to come.
            left_out = f" Left out: {', '.join(pictures)}." if pictures else ""
            self._complain(f"{error.code.name}: {error.message}{left_out}")
        except KeyboardInterrupt:
            self._pictures = pictures
            self._console.print()
        else:
            self._messages += [turn, assistant(answer)]

    def _answer(self, messages: list[content_pb2.Message]) -> str:
        """Prints the answer as it comes, reasoning dimmed."""
        builder = CompletionBuilder()
        for event in self._client.stream(messages, **self._options):
            builder.add(event)
            self._console.print(event.delta.reasoning, style="dim", end="")
            self._console.print(event.delta.text, end="")
        self._console.print()
        return builder.completion.choices[0].text

    def _complain(self, message: str) -> None:
        self.num_failures += 1
        sys.stderr.write(f"nemotron-vl: {message}\n")


def _lines() -> Iterator[str]:
    """Lines of a terminal, asked for one by one, or of a pipe, until they end."""
    prompt = "> " if sys.stdin.isatty() else ""
    while True:
        try:
            yield input(prompt).strip()
        except (EOFError, KeyboardInterrupt):
            return
