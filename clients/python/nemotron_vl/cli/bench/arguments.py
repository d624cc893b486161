"""The flags of a load."""

import argparse
from pathlib import Path

from nemotron_vl.cli import connection
from nemotron_vl.cli.bench import argument_types

_DEFAULT_URL = "http://127.0.0.1:8000/v1"
_DEFAULT_REQUESTS = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """In groups: the target, the questions, the load, and the output."""
    _add_target(parser)
    _add_work(parser)
    _add_load(parser)
    parser.add_argument(
        "--out", type=argument_types.writable_file, metavar="FILE", help="save the numbers as JSON"
    )


def _add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--transport",
        choices=("http", "grpc"),
        default="http",
        help="OpenAI chat completions or the server's own stream (default: %(default)s)",
    )
    parser.add_argument(
        "--url",
        type=argument_types.http_url,
        metavar="URL",
        default=_DEFAULT_URL,
        help="base URL of any server of the OpenAI API (default: %(default)s)",
    )
    parser.add_argument("--model", metavar="NAME", help="sent with every request (default: none)")
    connection.add_arguments(parser)


def _add_work(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workload",
        choices=("image", "text", "video"),
        default="image",
        help="kind of question (default: %(default)s)",
    )
    parser.add_argument(
        "--media",
        nargs="+",
        type=Path,
        metavar="FILE",
        default=(),
        help="images or videos, used in turn (default: images of noise, all different)",
    )
    parser.add_argument(
        "--size",
        type=argument_types.size,
        metavar="WxH",
        default=(640, 480),
        help="size of the images of noise (default: 640x480)",
    )
    parser.add_argument(
        "--prompt",
        metavar="TEXT",
        default="Caption the content of this image:",
        help="the text of every question (default: %(default)s)",
    )
    parser.add_argument(
        "--words",
        type=argument_types.count,
        metavar="N",
        default=0,
        help="random words after the prompt, one or two tokens each (default: %(default)s)",
    )
    parser.add_argument(
        "--system",
        metavar="TEXT",
        default="/no_think",
        help="system message, may be empty (default: %(default)s)",
    )
    parser.add_argument("--max-tokens", type=argument_types.positive, metavar="N", default=128)
    parser.add_argument(
        "--temperature", type=float, metavar="T", help="0 is greedy (default: the server's)"
    )
    parser.add_argument(
        "--ignore-eos", action="store_true", help="make every answer --max-tokens long"
    )


def _add_load(parser: argparse.ArgumentParser) -> None:
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument(
        "--concurrency",
        type=argument_types.positive,
        metavar="N",
        default=16,
        help="requests in flight at all times (default: %(default)s)",
    )
    pace.add_argument(
        "--rate",
        type=argument_types.above_zero,
        metavar="R",
        help="requests per second instead, at random times",
    )
    parser.add_argument(
        "--requests",
        type=argument_types.positive,
        metavar="N",
        help=f"number of requests (default: {_DEFAULT_REQUESTS}, or with --duration no limit)",
    )
    parser.add_argument(
        "--duration",
        type=argument_types.above_zero,
        metavar="S",
        help="seconds after which no request is started",
    )
    parser.add_argument(
        "--warm-up",
        type=argument_types.count,
        metavar="N",
        default=2,
        help="requests before the load, which are not measured (default: %(default)s)",
    )
    parser.add_argument(
        "--timeout",
        type=argument_types.above_zero,
        metavar="S",
        help="seconds after which a request fails",
    )
    parser.add_argument(
        "--seed", type=int, metavar="N", default=0, help="seed of all random values"
    )


def num_requests(args: argparse.Namespace) -> int | None:
    """None where only the duration ends the load."""
    if args.requests is None and args.duration is None:
        return _DEFAULT_REQUESTS
    return args.requests
