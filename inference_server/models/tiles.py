"""Pixels to normalised tiles, on the device that will encode them.

Resizes as the released preprocessing does, bicubic with antialias, to whole pixel values before
they are normalised.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import interpolate


class Tiler:
    """Cuts pictures and frames as one model wants them."""

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

    def picture(self, pixels: Tensor, *, columns: int, rows: int, has_thumbnail: bool) -> Tensor:
        """pixels [height, width, 3] uint8 -> tiles [L, 3, side, side], row by row, thumbnail last.

        The pixels are on the device already, here and below.
        """
        side, image = self._tile_size, pixels.movedim(-1, 0)[None]
        whole = _resize(image, rows * side, columns * side)[0]
        tiles = whole.unflatten(2, (columns, side)).unflatten(1, (rows, side))
        tiles = tiles.permute(1, 3, 0, 2, 4).flatten(0, 1)
        if has_thumbnail:
            tiles = torch.cat([tiles, _resize(image, side, side)])
        return self._normalise(tiles)

    def frames(self, frames: Tensor) -> Tensor:
        """frames [L, height, width, 3] uint8 -> tiles [L, 3, side, side], one a frame."""
        side = self._tile_size
        return self._normalise(_resize(frames.movedim(-1, 1), side, side))

    def _normalise(self, tiles: Tensor) -> Tensor:
        return ((tiles / 255 - self._mean) / self._std).to(self._dtype)


def _resize(images: Tensor, height: int, width: int) -> Tensor:
    """Squashes images [L, 3, height, width] uint8."""
    if images.shape[-2:] == (height, width):
        return images
    if images.device.type == "cpu":
        return interpolate(images, (height, width), mode="bicubic", antialias=True)
    return resize_in_floats(images, height, width)


def resize_in_floats(images: Tensor, height: int, width: int) -> Tensor:
    """What the integer kernel of the CPU does, for devices that have none.

    Like it, rounds between the horizontal and the vertical pass. images [L, 3, height, width]
    uint8 -> likewise
    """
    for size in ((images.shape[-2], width), (height, width)):
        resized = interpolate(images.float(), size, mode="bicubic", antialias=True)
        images = resized.round().clamp(0, 255).to(torch.uint8)
    return images
