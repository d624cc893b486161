"""Pixels to normalised tiles, on the device that will encode them.

Resizes as the released preprocessing does, bicubic with antialias, to whole pixel values before
they are normalised.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate


def image_tiles(
    pixels: np.ndarray | Tensor,
    *,
    columns: int,
    rows: int,
    has_thumbnail: bool,
    tile_size: int,
    mean: Sequence[float],
    std: Sequence[float],
    device: torch.device,
    dtype: torch.dtype,
) -> Tensor:
    """pixels [H, W, 3] uint8 -> tiles [L, 3, tile_size, tile_size], row by row, thumbnail last."""
    image = _channels_first(pixels, device)[None]
    whole = _resize(image, rows * tile_size, columns * tile_size)[0]
    tiles = whole.unflatten(2, (columns, tile_size)).unflatten(1, (rows, tile_size))
    tiles = tiles.permute(1, 3, 0, 2, 4).flatten(0, 1)
    if has_thumbnail:
        tiles = torch.cat([tiles, _resize(image, tile_size, tile_size)])
    return _normalise(tiles, mean, std).to(dtype)


def frame_tiles(
    frames: np.ndarray | Tensor,
    *,
    tile_size: int,
    mean: Sequence[float],
    std: Sequence[float],
    device: torch.device,
    dtype: torch.dtype,
) -> Tensor:
    """frames [L, H, W, 3] uint8 -> tiles [L, 3, tile_size, tile_size], one a frame."""
    tiles = _resize(_channels_first(frames, device), tile_size, tile_size)
    return _normalise(tiles, mean, std).to(dtype)


def _channels_first(pixels: np.ndarray | Tensor, device: torch.device) -> Tensor:
    return torch.as_tensor(pixels).to(device, non_blocking=True).movedim(-1, -3)


def _resize(images: Tensor, height: int, width: int) -> Tensor:
    """Squashes images [L, 3, H, W] uint8."""
    if images.shape[-2:] == (height, width):
        return images
    if images.device.type == "cpu":
        return interpolate(images, (height, width), mode="bicubic", antialias=True)
    return resize_in_floats(images, height, width)


def resize_in_floats(images: Tensor, height: int, width: int) -> Tensor:
    """What the integer kernel of the CPU does, for devices that have none.

    Like it, rounds between the horizontal and the vertical pass. [L, 3, H, W] uint8, and out.
    """
    for size in ((images.shape[-2], width), (height, width)):
        resized = interpolate(images.float(), size, mode="bicubic", antialias=True)
        images = resized.round().clamp(0, 255).to(torch.uint8)
    return images


def _normalise(tiles: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    shift, scale = (torch.tensor(v, device=tiles.device).view(3, 1, 1) for v in (mean, std))
    return (tiles / 255 - shift) / scale
