"""Stands in for the server: a health service, and a diary of what happened to it."""

import argparse
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from nemotron_vl.v1 import inference_pb2_grpc, model_pb2_grpc

from tests.clients.fake_server import FakeServer


def main() -> int:
    # First of all: a thread made before this would take the signal, and die of it.
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    parser = argparse.ArgumentParser()
    parser.add_argument("--grpc-host")
    parser.add_argument("--grpc-port")
    args, rest = parser.parse_known_args()
    diary = Path(os.environ["DIARY"])
    with diary.open("a") as file:
        file.write(f"server flags {' '.join(rest)}\nserver pid {os.getpid()}\n")
    if "--die" in rest:
        return 3
    if "--misset" in rest:
        return 2
    fake = FakeServer()  # pyright: ignore[reportAbstractUsage] the rest answers UNIMPLEMENTED
    fake.health.set("nemotron_vl.v1.InferenceService", health_pb2.HealthCheckResponse.SERVING)
    server = grpc.server(ThreadPoolExecutor(4))
    inference_pb2_grpc.add_InferenceServiceServicer_to_server(fake, server)
    model_pb2_grpc.add_ModelServiceServicer_to_server(fake, server)
    health_pb2_grpc.add_HealthServicer_to_server(fake.health, server)
    server.add_insecure_port(f"{args.grpc_host}:{args.grpc_port}")
    server.start()
    signal.sigwait(signals)
    server.stop(grace=None).wait()
    with diary.open("a") as file:
        file.write("server stopped\n")
    return 0


sys.exit(main())
