import pytest
import torch
from torch import Tensor

from inference_server.engine.execution.vision_graphs import VisionGraphs, tile_sizes
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from tests.inference_server.engine.recorder import Recorder


@pytest.mark.parametrize(("count", "replays"), [(1, [0, 0, 1]), (7, [1, 1, 1]), (10, [2, 1, 0])])
@torch.inference_mode()
def test_tiles_are_cut_into_sizes_that_add_up(
    model: NemotronNanoVL, count: int, replays: list[int]
) -> None:
    recorder = Recorder()
    graphs = VisionGraphs(model, sizes=(1, 2, 4), capture=recorder)
    tiles: Tensor = torch.randn(count, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    features = graphs.encode_images(tiles)
    torch.testing.assert_close(features, model.encode_images(tiles), atol=1e-5, rtol=1e-4)
    assert recorder.num_replays == replays
    graphs.encode_images(tiles.flip(0))
    torch.testing.assert_close(features, model.encode_images(tiles), atol=1e-5, rtol=1e-4)


def test_sizes_end_at_the_tiles_of_a_step() -> None:
    assert tile_sizes(1) == [1]
    assert tile_sizes(16) == [1, 2, 4, 6, 8, 13, 16]
