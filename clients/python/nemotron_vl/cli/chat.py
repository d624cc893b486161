"""Chats with the model and streams its answers. A line is a message; /image PATH adds an image to
the next message, /clear forgets the conversation, /exit leaves."""

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

SUMMARY = "chat with the model, with images"

# Commands of the chat template, which may start a message.
_MODEL_FLAGS = ("/think", "/no_think")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="added to the first message")
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
    """A conversation, and the images for its next message."""

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
        self._images = dict[str, content_pb2.Part]()
        self.num_failures = 0

    def take(self, line: str) -> None:
        """Runs a command or sends a message."""
        command, _, argument = line.partition(" ")
        match command:
            case "":
                pass
            case "/clear":
                self._messages, self._images = list(self._opening), {}
            case "/image":
                self.attach(argument.strip())
            case _ if command.startswith("/") and command not in _MODEL_FLAGS:
                self._complain(
                    f"{command} is not a command; the commands are /image PATH, /clear and /exit"
                )
            case _:
                self._say(line)

    def attach(self, path: str) -> None:
        """Keeps an image for the next message."""
        try:
            self._images[path] = image(path)
        except OSError as error:
            self._complain(f"{path}: {error.strerror}")

    def _say(self, text: str) -> None:
        images, self._images = self._images, {}
        turn = user(*images.values(), text)
        try:
            answer = self._answer([*self._messages, turn])
        except NemotronError as error:
            # The images may be the cause, and would then fail every later message.
            left_out = f" Left out: {', '.join(images)}." if images else ""
            self._complain(f"{error.code.name}: {error.message}{left_out}")
        except KeyboardInterrupt:
            self._images = images
            self._console.print()
        else:
            self._messages += [turn, assistant(answer)]

    def _answer(self, messages: list[content_pb2.Message]) -> str:
        """Streams the answer to the terminal, reasoning dimmed."""
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
    """Lines from a terminal, with a prompt, or from a pipe, until they end."""
    prompt = "> " if sys.stdin.isatty() else ""
    while True:
        try:
            yield input(prompt).strip()
        except (EOFError, KeyboardInterrupt):
            return
