import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from inference_server.models.tiles import Tiler, resize_in_floats


def make_tiler(
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0),
    std: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> Tiler:
    """Tiles of 8 pixels."""
    return Tiler(tile_size=8, mean=mean, std=std, device=torch.device("cpu"), dtype=torch.float32)


def smooth_image(height: int, width: int) -> Tensor:
    """Red rises to the right and green downwards; blue stays."""
    red = torch.linspace(0, 255, width).expand(height, width)
    green = torch.linspace(0, 255, height)[:, None].expand(height, width)
    return torch.stack([red, green, torch.full_like(red, 51)], dim=-1).to(torch.uint8)


def test_tiles_come_row_by_row_with_the_thumbnail_last() -> None:
    pixels = smooth_image(16, 24)
    tiles = make_tiler().image(pixels, columns=3, rows=2, has_thumbnail=True)
    assert tiles.shape == (7, 3, 8, 8)
    whole = pixels.permute(2, 0, 1) / 255
    for index, tile in enumerate(tiles[:6]):
        row, column = divmod(index, 3)
        expected = whole[:, 8 * row : 8 * row + 8, 8 * column : 8 * column + 8]
        torch.testing.assert_close(tile, expected)
    assert tiles[6, 0, :, 0].max() < 0.1 < 0.9 < tiles[6, 0, :, 7].min()
    assert tiles[6, 1, 0].max() < 0.1 < 0.9 < tiles[6, 1, 7].min()


def test_image_is_resized_without_keeping_its_aspect_ratio() -> None:
    tiles = make_tiler().image(smooth_image(50, 9), columns=2, rows=1, has_thumbnail=False)
    assert tiles.shape == (2, 3, 8, 8)
    red = torch.cat([tiles[0, 0], tiles[1, 0]], dim=1)
    assert red.diff(dim=1).ge(0).all()
    assert red[0, 0] < 0.1 < 0.9 < red[0, -1]


def test_pixels_are_normalized_by_channel() -> None:
    pixels = torch.tensor([0, 51, 255], dtype=torch.uint8).expand(8, 8, 3)
    tiler = make_tiler(mean=(0.5, 0.2, 0.0), std=(0.5, 1.0, 4.0))
    tile = tiler.image(pixels, columns=1, rows=1, has_thumbnail=False)[0]
    torch.testing.assert_close(tile[:, 3, 3], torch.tensor([-1.0, 0.0, 0.25]))


def test_sharp_edges_do_not_overshoot() -> None:
    pixels = torch.zeros(40, 40, 3, dtype=torch.uint8)
    pixels[:, 20:] = 255
    tiles = make_tiler().image(pixels, columns=2, rows=2, has_thumbnail=False)
    assert tiles.min() == 0
    assert tiles.max() == 1


def test_frames_make_one_tile_each() -> None:
    frames = torch.stack([smooth_image(30, 20), smooth_image(30, 20).flip(1)])
    tiles = make_tiler().frames(frames)
    alone = make_tiler().image(frames[1], columns=1, rows=1, has_thumbnail=False)
    assert tiles.shape == (2, 3, 8, 8)
    assert torch.equal(tiles[1], alone[0])


@pytest.mark.parametrize("size", [(32, 32), (100, 7), (7, 100), (40, 50)])
def test_resizing_in_floats_is_close_to_the_integer_kernel(
    size: tuple[int, int],
) -> None:
    random = torch.Generator().manual_seed(0)
    image = torch.randint(0, 256, (1, 3, 40, 50), dtype=torch.uint8, generator=random)
    ours = resize_in_floats(image, *size).int()
    theirs = interpolate(image, size, mode="bicubic", antialias=True).int()
    assert (ours - theirs).abs().max() <= 2
    assert (ours - theirs).abs().float().mean() < 0.05
