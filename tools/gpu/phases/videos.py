"""The real processes with videos, each asked about once, so that no cache helps."""

from tools.gpu.phases import checkpoint
from tools.gpu.phases.serving import answers
from tools.gpu.servers import Servers
from tools.gpu.video_files import write_videos
from tools.gpu.workbench import Workbench


def measure(bench: Workbench) -> None:
    checkpoint.ensure(bench)
    bench.drop_model()
    sizes = bench.sizes
    videos = write_videos(
        bench.work / "videos",
        sizes.num_videos,
        seconds=sizes.video_seconds,
        width=sizes.video_width,
        height=sizes.video_height,
    )
    in_flight = min(sizes.loads) // 2
    alone, together = videos[: sizes.num_videos // 8], videos[sizes.num_videos // 8 :]
    with Servers(bench, "videos") as servers:
        bench.record("videos.ready", servers.until_ready(), "s")
        for name, given, count in (
            ("idle", alone, 1),
            (f"at_once_{in_flight}", together, in_flight),
        ):
            load = ("--concurrency", str(count), "--requests", str(len(given)), "--warm-up", "0")
            servers.load(name, "--workload", "video", "--media", *given, *answers(bench), *load)
