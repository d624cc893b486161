"""The vision encoder and the projector, on batches of tiles."""

import torch

from tools.gpu.timing import captured, time_calls
from tools.gpu.workbench import Workbench


def measure(bench: Workbench) -> None:
    side = bench.config.tile_size
    for count in bench.sizes.tiles:
        tiles = torch.randn(count, 3, side, side, device=bench.device, dtype=bench.dtype)

        @torch.inference_mode()
        def encode(tiles: torch.Tensor = tiles) -> torch.Tensor:
            return bench.model.encode_images(tiles)

        eager = time_calls(encode, bench.device, repeats=max(2, bench.sizes.repeats // 4))
        bench.record(f"vision.{count}.eager", eager.median_ms, "ms")
        graph = time_calls(
            captured(encode, bench.device), bench.device, repeats=max(2, bench.sizes.repeats // 4)
        )
        bench.record(f"vision.{count}", graph.median_ms, "ms")
        bench.free()
