"""The real processes: from their start to a first answer, and under the loads of the table."""

import time

from tools.gpu import checkpoint
from tools.gpu.servers import Servers
from tools.gpu.workbench import Workbench

_NUM_CLIPS = 28
_NUM_ALONE = 4


def measure(bench: Workbench) -> None:
    _measure(bench, "serve")


def measure_fp8(bench: Workbench) -> None:
    _measure(bench, "serve_fp8", "--quantization", "fp8")


def measure_many(bench: Workbench) -> None:
    """Far more streams than the table's loads have."""
    checkpoint.ensure(bench)
    bench.drop_model()
    streams = str(bench.sizes.many_streams)
    with Servers(bench, "many", "--max-num-seqs", streams) as servers:
        bench.record("many.ready", servers.until_ready(), "s")
        count = ("--requests", str(2 * bench.sizes.many_streams), "--concurrency", streams)
        for transport in ("http", "grpc"):
            flags = ("--workload", "text", "--transport", transport)
            servers.load(f"text_{transport}", *flags, *_answers(bench), *count)


def measure_videos(bench: Workbench) -> None:
    """Each is asked about once: nothing is answered from a cache."""
    # Here alone, as other phases need no codecs.
    from tools.gpu.clips import write_clips

    checkpoint.ensure(bench)
    bench.drop_model()
    sizes = bench.sizes
    clips = write_clips(
        bench.work / "clips",
        _NUM_CLIPS,
        seconds=sizes.clip_seconds,
        width=sizes.clip_width,
        height=sizes.clip_height,
    )
    alone, together = clips[:_NUM_ALONE], clips[_NUM_ALONE:]
    with Servers(bench, "videos") as servers:
        bench.record("videos.ready", servers.until_ready(), "s")
        for name, given, in_flight in (("idle", alone, 1), ("videos_8", together, 8)):
            load = ("--concurrency", str(in_flight), "--requests", str(len(given)))
            media = ("--workload", "video", "--media", *given, "--warm-up", "0")
            servers.load(name, *media, *_answers(bench), *load)


def _measure(bench: Workbench, name: str, *flags: str) -> None:
    sizes = bench.sizes
    checkpoint.ensure(bench)
    bench.drop_model()
    size = f"{sizes.picture_width}x{sizes.picture_height}"
    image = ("--workload", "image", "--size", size, *_answers(bench))
    text = ("--workload", "text", *_answers(bench))
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


def _answers(bench: Workbench) -> tuple[str, ...]:
    return ("--max-tokens", str(bench.sizes.max_tokens), "--ignore-eos", "--temperature", "1.0")


def _num_requests(in_flight: int) -> int:
    """Enough that filling up and running out are a small part."""
    return max(48, 3 * in_flight) if in_flight >= 16 else 2 * in_flight
