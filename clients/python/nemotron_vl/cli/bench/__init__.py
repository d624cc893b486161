"""Measures a server under load, over HTTP or gRPC: requests and tokens per second, and the times to
the first token, between tokens and to the end. Exits with 1 if a request fails.
"""

import argparse
import asyncio
import sys
from importlib.util import find_spec

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from nemotron_vl.cli.bench.arguments import add_arguments, num_requests
from nemotron_vl.cli.bench.grpc_transport import GrpcTransport
from nemotron_vl.cli.bench.load import Load, run_load
from nemotron_vl.cli.bench.outcome import Outcome
from nemotron_vl.cli.bench.report import print_report, write_json
from nemotron_vl.cli.bench.statistics import statistics_of
from nemotron_vl.cli.bench.transport import Ask, Transport
from nemotron_vl.cli.bench.workload import Workload

__all__ = ["SUMMARY", "add_arguments", "run"]

SUMMARY = "measure a server under load"


def run(args: argparse.Namespace) -> int:
    if complaint := _complaint(args):
        sys.stderr.write(f"nemotron-vl: {complaint}\n")
        return 2
    statistics = statistics_of(asyncio.run(_outcomes(args)))
    print_report(statistics, Console())
    if args.out is not None:
        write_json(args.out, statistics, args)
    return 0 if statistics.num_succeeded == statistics.num_requests > 0 else 1


def _complaint(args: argparse.Namespace) -> str | None:
    """The reason why this load cannot run, if there is one."""
    if args.transport == "http" and not find_spec("aiohttp"):
        return "bench over HTTP needs: pip install 'nemotron-vl[bench]'"
    if args.workload == "video" and not args.media:
        return "--workload video needs --media FILE: videos cannot be drawn"
    if args.workload == "text" and args.media:
        return "--workload text takes no --media"
    if missing := [path for path in args.media if not path.is_file()]:
        return f"{missing[0]} is not a file"
    return None


async def _outcomes(args: argparse.Namespace) -> list[Outcome]:
    width, height = args.size
    workload = Workload(
        kind=args.workload,
        seed=args.seed,
        system=args.system,
        prompt=args.prompt,
        num_words=args.words,
        width=width,
        height=height,
        files=args.media,
    )
    load = Load(
        concurrency=args.concurrency,
        rate=args.rate,
        num_requests=num_requests(args),
        duration_s=args.duration,
        num_warm_ups=args.warm_up,
        seed=args.seed,
    )
    transport = _transport(args)
    outcomes: list[Outcome] = []
    try:
        with _progress() as progress:
            task = progress.add_task("", total=load.num_requests)

            def take(outcome: Outcome) -> None:
                outcomes.append(outcome)
                progress.advance(task)

            await run_load(load, workload, transport, take)
    finally:
        await transport.close()
    return outcomes


def _transport(args: argparse.Namespace) -> Transport:
    ask = Ask(
        max_tokens=args.max_tokens,
        temperature=args.temperature,
        ignore_eos=args.ignore_eos,
        model=args.model,
        timeout_s=args.timeout,
    )
    if args.transport == "http":
        # Its library comes with the extra `bench`, and every other command runs without it.
        from nemotron_vl.cli.bench.http_transport import HttpTransport

        return HttpTransport(args.url, ask, api_key=args.api_key)
    return GrpcTransport(args.address, ask, api_key=args.api_key)


def _progress() -> Progress:
    """A progress bar on stderr, if that is a terminal."""
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
