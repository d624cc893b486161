"""Starts the inference server (gRPC) and the gateway (HTTP) as two processes, starts each again
when it ends by itself, and stops both together. Every flag of nemotron-vl-server is taken, and
every flag of nemotron-vl-gateway with --gateway- before it (their own --help lists them); both read
their environment variables as well.
"""

import argparse
import asyncio
import os
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec

from nemotron_vl.cli.notices import hold_standard_streams, warn
from nemotron_vl.cli.readiness import Endpoint, announce_ready
from nemotron_vl.cli.secret_flag import SecretFlag
from nemotron_vl.cli.supervisor import Command, supervise

SUMMARY = "start the inference server and the HTTP gateway"

# The variables that the servers read for these settings; the first that is set wins.
HTTP_HOST_VARIABLES = ("NEMOTRON_VL_GATEWAY_HOST",)
HTTP_PORT_VARIABLES = ("NEMOTRON_VL_GATEWAY_PORT", "NIM_HTTP_API_PORT", "NIM_SERVER_PORT")
GRPC_HOST_VARIABLES = ("NEMOTRON_VL_GRPC_HOST",)
GRPC_PORT_VARIABLES = ("NEMOTRON_VL_GRPC_PORT", "NIM_GRPC_API_PORT")
API_KEYS_VARIABLE = "NEMOTRON_VL_GATEWAY_API_KEYS"
API_KEYS_FILE_VARIABLE = "NEMOTRON_VL_GATEWAY_API_KEYS_FILE"
# Read here, and not passed on: it is no setting of theirs.
RESTARTS_VARIABLE = "NEMOTRON_VL_RESTARTS"

_MODULES_BY_EXTRA = {
    "server": ("av", "grpc_reflection", "pydantic_settings", "transformers"),
    "gateway": ("aiohttp", "orjson", "pydantic_settings"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", help="checkpoint: a folder or a hub id (default: a small demo model)"
    )
    for flag, default, variables, what in (
        (
            "--host",
            "127.0.0.1",
            HTTP_HOST_VARIABLES,
            "address of the gateway; 0.0.0.0 accepts other machines",
        ),
        ("--http-port", "8000", HTTP_PORT_VARIABLES, "port of the gateway"),
        ("--grpc-host", "127.0.0.1", GRPC_HOST_VARIABLES, "address of the inference server"),
        ("--grpc-port", "8001", GRPC_PORT_VARIABLES, "port of the inference server"),
    ):
        parser.add_argument(
            flag,
            type=int if flag.endswith("port") else str,
            metavar="PORT" if flag.endswith("port") else "HOST",
            default=next(filter(None, map(os.environ.get, variables)), default),
            help=f"{what} (default: %(default)s) [{' '.join(variables)}]",
        )
    parser.add_argument(
        "--api-keys-file",
        metavar="FILE",
        default=os.environ.get(API_KEYS_FILE_VARIABLE),
        help="file of the keys that HTTP callers must send, one a line (default: none) "
        f"[{API_KEYS_FILE_VARIABLE}; {API_KEYS_VARIABLE} holds the keys themselves]",
    )
    parser.add_argument(
        "--api-key",
        "--api-keys",
        action=SecretFlag,
        instead=f"{API_KEYS_VARIABLE} or --api-keys-file",
        help=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--restarts",
        type=_count,
        metavar="N",
        default=os.environ.get(RESTARTS_VARIABLE) or "5",
        help="times in 10 minutes that each process is started again; 0 where an orchestrator "
        f"does it (default: %(default)s) [{RESTARTS_VARIABLE}]",
    )


def run(args: argparse.Namespace) -> int:
    hold_standard_streams()
    missing = _missing_extras()
    if missing:
        extras = ",".join(missing)
        warn(f"serving needs: pip install 'nemotron-vl[{extras}]'")
        return 2
    grpc = Endpoint(host=args.grpc_host, port=args.grpc_port)
    http = Endpoint(host=args.host, port=args.http_port)
    for endpoint in (grpc, http):
        # Otherwise the servers that listen there would be announced as ours.
        if endpoint.is_taken():
            warn(f"cannot listen on {endpoint.target}: the port is taken")
            return 1
    server_flags, gateway_flags = _split(args.rest)
    if args.model:
        server_flags += ["--model", args.model]
    if args.api_keys_file:
        gateway_flags += ["--api-keys-file", args.api_keys_file]
    server = _command(
        "inference server",
        "inference_server",
        grpc,
        ["--grpc-host", grpc.host, "--grpc-port", str(grpc.port), *server_flags],
    )
    gateway = _command(
        "gateway",
        "http_gateway",
        http,
        ["--host", http.host, "--port", str(http.port), "--backend", grpc.target, *gateway_flags],
    )
    has_api_key = bool(args.api_keys_file or os.environ.get(API_KEYS_VARIABLE))
    announce = partial(announce_ready, grpc=grpc, http=http, has_api_key=has_api_key)
    return asyncio.run(supervise([server, gateway], announce, max_restarts=args.restarts))


def _count(word: str) -> int:
    count = int(word)
    if count < 0:
        raise argparse.ArgumentTypeError(f"must be 0 or more, not {count}")
    return count


def _missing_extras() -> list[str]:
    return [
        extra
        for extra, modules in _MODULES_BY_EXTRA.items()
        if not all(find_spec(module) for module in modules)
    ]


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The flags of the server and those of the gateway, each with the values that follow it."""
    server, gateway = list[str](), list[str]()
    target = server
    for word in words:
        if word.startswith("--"):
            target = gateway if word.startswith("--gateway-") else server
        target.append(word.replace("--gateway-", "--", 1) if target is gateway else word)
    return server, gateway


def _command(name: str, module: str, endpoint: Endpoint, flags: Sequence[str]) -> Command:
    environ = {**os.environ}
    environ.pop(RESTARTS_VARIABLE, None)
    return Command(
        name=name, module=module, flags=flags, environ=environ, is_blocked=endpoint.is_taken
    )
