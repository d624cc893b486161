"""Turns pixels into normalized tiles, on the device that will encode them.

Resizes as the released preprocessing does: bicubic with antialiasing, rounded to whole pixel values
before they are normalized.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import interpolate


class Tiler:
    """Cuts images and video frames into tiles for one model."""

    def __init__(
        self,
        *,
        tile_size: int,
        mean: Sequence[float],
        std: Sequence[float],
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._tile_size = tile_size
        self._dtype = dtype
        self._mean, self._std = (
            torch.tensor(channels, device=device).view(3, 1, 1) for channels in (mean, std)
        )

    def image(self, pixels: Tensor, *, columns: int, rows: int, has_thumbnail: bool) -> Tensor:
        """pixels [height, width, 3] uint8 on the device -> tiles [L, 3, side, side]

        The tiles come row by row, the thumbnail last.
        """
        side, image = self._tile_size, pixels.movedim(-1, 0)[None]
        whole = _resize(image, rows * side, columns * side)[0]
        tiles = whole.unflatten(2, (columns, side)).unflatten(1, (rows, side))
        tiles = tiles.permute(1, 3, 0, 2, 4).flatten(0, 1)
        if has_thumbnail:
            tiles = torch.cat([tiles, _resize(image, side, side)])
        return self._normalize(tiles)

    def frames(self, frames: Tensor) -> Tensor:
        """frames [L, height, width, 3] uint8 on the device -> tiles [L, 3, side, side]"""
        side = self._tile_size
        return self._normalize(_resize(frames.movedim(-1, 1), side, side))

    def _normalize(self, tiles: Tensor) -> Tensor:
        return ((tiles / 255 - self._mean) / self._std).to(self._dtype)


def _resize(images: Tensor, height: int, width: int) -> Tensor:
    """Resizes images [L, 3, height, width] uint8 without keeping the aspect ratio."""
    if images.shape[-2:] == (height, width):
        return images
    if images.device.type == "cpu":
        return interpolate(images, (height, width), mode="bicubic", antialias=True)
    return resize_in_floats(images, height, width)


def resize_in_floats(images: Tensor, height: int, width: int) -> Tensor:
    """Does the same as the CPU's integer kernel, for devices that have none.

    Like that kernel it rounds after the horizontal pass and after the vertical one.
    images [L, 3, height, width] uint8 -> images of the new size
    """
    for size in ((images.shape[-2], width), (height, width)):
        resized = interpolate(images.float(), size, mode="bicubic", antialias=True)
        images = resized.round().clamp(0, 255).to(torch.uint8)
    return images
