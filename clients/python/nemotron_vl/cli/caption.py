"""Describes images, many at a time. One that fails is reported and does not stop the others."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from nemotron_vl.cli import connection
from nemotron_vl.client import Client
from nemotron_vl.errors import from_item
from nemotron_vl.generation import Options
from nemotron_vl.messages import image, user
from nemotron_vl.v1 import content_pb2, inference_pb2, model_pb2

SUMMARY = "describe images, many at a time"

# More than the fields around an image take in its request.
_ENVELOPE_BYTES = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "images", nargs="+", type=Path, metavar="IMAGE", help="a JPEG, PNG, WebP or GIF file"
    )
    parser.add_argument(
        "--prompt",
        metavar="TEXT",
        default="Caption the content of this image:",
        help="question about each image (default: %(default)s)",
    )
    parser.add_argument(
        "--max-tokens",
        type=int,
        metavar="N",
        default=512,
        help="most tokens of a caption (default: %(default)s)",
    )
    parser.add_argument(
        "--temperature", type=float, metavar="T", help="0 is greedy (default: the server's)"
    )
    parser.add_argument(
        "--tiles", type=int, metavar="N", help="most tiles of an image (default: the server's)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")
    connection.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    num_failed = 0
    with connection.connect(args) as client, _progress() as progress:
        task = progress.add_task("", total=len(args.images))
        for outcome in _caption(client, args):
            num_failed += outcome.error is not None
            _print(outcome, as_json=args.json)
            progress.advance(task)
    return 1 if num_failed else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """An image's caption, or the reason why there is none."""

    path: Path
    completion: inference_pb2.Completion | None = None
    error: str | None = None


def _caption(client: Client, args: argparse.Namespace) -> Iterator[_Outcome]:
    options = Options(max_tokens=args.max_tokens)
    if args.temperature is not None:
        options["temperature"] = args.temperature
    limits = client.model().limits
    for paths in _groups(args.images, limits, len(args.prompt.encode())):
        sent = list[Path]()
        messages = list[content_pb2.Message]()
        for path in paths:
            if _num_bytes(path) > limits.max_image_bytes:
                yield _Outcome(path=path, error=f"larger than {limits.max_image_bytes} bytes")
                continue
            try:
                messages.append(user(args.prompt, image(path, max_tiles=args.tiles)))
                sent.append(path)
            except OSError as error:
                yield _Outcome(path=path, error=error.strerror or str(error))
        for result in client.batch(messages, **options) if messages else ():
            yield _outcome(sent[result.index], result)


def _groups(
    paths: Iterable[Path], limits: model_pb2.Limits, prompt_bytes: int
) -> Iterator[list[Path]]:
    """Cuts the paths so that each group fits into one request."""
    group, group_bytes = list[Path](), 0
    for path in paths:
        item_bytes = _num_bytes(path) + prompt_bytes + _ENVELOPE_BYTES
        is_full = group_bytes + item_bytes > limits.max_message_bytes
        if group and (is_full or len(group) == limits.max_batch_items):
            yield group
            group, group_bytes = [], 0
        group.append(path)
        group_bytes += item_bytes
    yield group


def _num_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # reading it raises the same error


def _outcome(path: Path, result: inference_pb2.BatchResult) -> _Outcome:
    if result.HasField("completion"):
        return _Outcome(path=path, completion=result.completion)
    return _Outcome(path=path, error=str(from_item(result.status)))


def _print(outcome: _Outcome, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_record(outcome), ensure_ascii=False), flush=True)
    elif outcome.completion is None:
        print(f"{outcome.path}: {outcome.error}", file=sys.stderr, flush=True)
    else:
        print(f"{outcome.path}: {outcome.completion.choices[0].text.strip()}", flush=True)


def _record(outcome: _Outcome) -> dict[str, object]:
    if outcome.completion is None:
        return {"path": str(outcome.path), "error": outcome.error}
    choice, usage = outcome.completion.choices[0], outcome.completion.usage
    reason = inference_pb2.FinishReason.Name(choice.finish.reason)
    return {
        "path": str(outcome.path),
        "caption": choice.text,
        "finish_reason": reason.removeprefix("FINISH_REASON_").lower(),
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
    }


def _progress() -> Progress:
    """A progress bar on stderr if that is a terminal; stdout has captions only."""
    console = Console(stderr=True)
    return Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
        disable=not console.is_terminal,
    )
