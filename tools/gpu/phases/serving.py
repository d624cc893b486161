"""The real processes: the time to a first answer, and the loads of the table."""

import time

from tools.gpu.phases import checkpoint
from tools.gpu.servers import Servers
from tools.gpu.workbench import Workbench


def measure(bench: Workbench) -> None:
    _measure(bench, "serve")


def measure_fp8(bench: Workbench) -> None:
    _measure(bench, "serve_fp8", "--quantization", "fp8")


def measure_many(bench: Workbench) -> None:
    """Measures far more streams than in the table's loads."""
    checkpoint.ensure(bench)
    bench.drop_model()
    streams = str(bench.sizes.many_streams)
    with Servers(bench, "many", "--max-num-seqs", streams) as servers:
        bench.record("many.ready", servers.until_ready(), "s")
        count = ("--requests", str(2 * bench.sizes.many_streams), "--concurrency", streams)
        for transport in ("http", "grpc"):
            flags = ("--workload", "text", "--transport", transport)
            servers.load(f"text_{transport}", *flags, *answers(bench), *count)


def _measure(bench: Workbench, name: str, *flags: str) -> None:
    sizes = bench.sizes
    checkpoint.ensure(bench)
    bench.drop_model()
    size = f"{sizes.image_width}x{sizes.image_height}"
    image = ("--workload", "image", "--size", size, *answers(bench))
    text = ("--workload", "text", *answers(bench))
    with Servers(bench, name, *flags) as servers:
        bench.record(f"{name}.ready", servers.until_ready(), "s", "weights in the page cache")
        one = ("--concurrency", "1", "--requests", "1", "--warm-up", "0", "--seed", "1")
        servers.load("first_caption", *image, *one)
        cold_s = time.perf_counter() - servers.start_s
        bench.record(f"{name}.cold_start", cold_s, "s", "to the end of a first caption")
        servers.load("idle_caption", *image, "--concurrency", "1", "--requests", "6")
        servers.load("idle_text", *text, "--concurrency", "1", "--requests", "6")
        for in_flight in sizes.loads:
            load = ("--concurrency", str(in_flight), "--requests", str(_num_requests(in_flight)))
            servers.load(f"captions_{in_flight}", *image, *load, "--warm-up", "4")
        most = str(max(sizes.loads))
        load = ("--concurrency", most, "--requests", str(4 * max(sizes.loads)))
        servers.load(f"text_{most}", *text, *load)
        servers.load(f"text_{most}_grpc", *text, *load, "--transport", "grpc")


def answers(bench: Workbench) -> tuple[str, ...]:
    """Flags for answers as long as those in the table."""
    return ("--max-tokens", str(bench.sizes.max_tokens), "--ignore-eos", "--temperature", "1.0")


def _num_requests(in_flight: int) -> int:
    """Enough requests that the start and the end are a small part."""
    return max(48, 3 * in_flight) if in_flight >= 16 else 2 * in_flight
