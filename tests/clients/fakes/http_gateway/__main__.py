"""Stands in for the gateway: ready at once, and keeps a diary of what happened to it."""

import argparse
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/v1/health/ready" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def main() -> int:
    # First of all: a thread made before this would take the signal, and die of it.
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    parser = argparse.ArgumentParser()
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    parser.add_argument("--backend")
    args, rest = parser.parse_known_args()
    diary = Path(os.environ["DIARY"])
    with diary.open("a") as file:
        file.write(f"gateway flags {' '.join(rest)}\ngateway backend {args.backend}\n")
        file.write(f"gateway pid {os.getpid()}\n")
    server = HTTPServer((args.host, args.port), Ready)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    signal.sigwait(signals)
    server.shutdown()
    with diary.open("a") as file:
        file.write("gateway stopped\n")
    return 0


sys.exit(main())
