"""The whole model: vision encoder, projector and language model.

The caller embeds the tokens, puts the rows from encode_images in their places and calls forward.
"""

import math

from torch import Tensor, nn

from inference_server.checkpoint.config import ModelConfig
from inference_server.models.batch import Batch
from inference_server.models.cache import Cache
from inference_server.models.layers import Linear, RMSNorm, SquaredRelu
from inference_server.models.nemotron_h import NemotronH
from inference_server.models.radio import Radio


class NemotronNanoVL(nn.Module):
    """Nemotron Nano 12B v2 VL, or a smaller model of the same architecture."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.vision_model = Radio(config.vision)
        self.projector = Projector(config)
        self.language_model = NemotronH(config.language)

    def encode_images(self, tiles: Tensor) -> Tensor:
        """Normalized tiles [L, 3, height, width] -> [L, tokens_per_tile, C]"""
        return self.project(self.vision_model(tiles))

    def project(self, features: Tensor) -> Tensor:
        """Patch features of square tiles [L, patches, vision C] -> [L, tokens_per_tile, C]"""
        side = math.isqrt(features.shape[1])
        return self.projector(pixel_shuffle(features.unflatten(1, (side, -1))).flatten(1, 2))

    def embed(self, token_ids: Tensor) -> Tensor:
        """token_ids [T] -> [T, C]"""
        return self.language_model.embeddings(token_ids)

    def forward(self, x: Tensor, batch: Batch, cache: Cache) -> Tensor:
        """Embedded tokens x [T, C] -> hidden [R, C] of the tokens batch.sampled, or of all.

        Writes what the step adds to the cache.
        """
        return self.language_model(x, batch, cache)

    def logits(self, hidden: Tensor) -> Tensor:
        """hidden [R, C] -> [R, V] float32"""
        return self.language_model.logits(hidden)


class Projector(nn.Module):
    """A norm and an MLP from shuffled vision features to the language model's width."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        shuffled, width = 4 * config.vision.hidden_size, config.projector_hidden_size
        self.norm = RMSNorm(shuffled, eps=1e-5)
        self.up_proj = Linear(shuffled, width)
        self.activation = SquaredRelu()
        self.down_proj = Linear(width, config.language.hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        """x [L, tokens, 4 * vision C] -> [L, tokens, C]"""
        return self.down_proj(self.activation(self.up_proj(self.norm(x))))


def pixel_shuffle(x: Tensor) -> Tensor:
    """Concatenates each square of four features: top left, top right, bottom left, bottom right.

    x [L, rows, columns, C] -> [L, rows / 2, columns / 2, 4 * C]
    """
    squares = x.unflatten(2, (-1, 2)).unflatten(1, (-1, 2))
    return squares.transpose(2, 3).flatten(3)
