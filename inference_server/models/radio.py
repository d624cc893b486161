"""The vision encoder: RADIO, a ViT with learned prefix tokens and a resampled position table.

Takes normalized pixels and returns the features of the patches, without a final norm.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from inference_server.checkpoint.config import VisionConfig
from inference_server.ops.attention.full_attention import full_attention
from inference_server.ops.linear.activation import linear_gelu
from inference_server.ops.norms.norm import add_layer_norm


class Radio(nn.Module):
    """Tiles to patch features."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.patch_generator = PatchGenerator(config)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))

    def forward(self, tiles: Tensor) -> Tensor:
        """tiles [L, 3, height, width] -> features [L, patches, C] of the patches row by row"""
        x = self.patch_generator(tiles)
        added = torch.zeros_like(x)
        for block in self.blocks:
            x, added = block(x, added)
        patches = slice(self.patch_generator.num_prefix_tokens, None)
        return x[:, patches] + added[:, patches]


class PatchGenerator(nn.Module):
    """Cuts tiles into patches, projects them, adds positions and puts the prefix in front."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        size, grid = config.hidden_size, config.position_grid
        self.patch_size = config.patch_size
        self.num_prefix_tokens = config.num_prefix_tokens
        self.embedder = nn.Linear(config.in_channels * config.patch_size**2, size, bias=False)
        self.position_table = nn.Parameter(torch.zeros(1, grid * grid, size))
        self.prefix = nn.Parameter(torch.zeros(config.num_prefix_tokens, size))
        self._positions_by_grid: dict[tuple[int, int], Tensor] = {}

    def forward(self, tiles: Tensor) -> Tensor:
        """tiles [L, 3, height, width] -> [L, prefix + patches, C]"""
        rows, columns = (side // self.patch_size for side in tiles.shape[-2:])
        pixels = tiles.unflatten(3, (columns, -1)).unflatten(2, (rows, -1))
        # [L, rows, columns, channel, position in the patch]
        pixels = pixels.permute(0, 2, 4, 1, 3, 5).flatten(3)
        patches = self.embedder(pixels.flatten(1, 2)) + self._positions((rows, columns))
        return torch.cat([self.prefix.expand(len(tiles), -1, -1), patches], dim=1)

    def _positions(self, grid: tuple[int, int]) -> Tensor:
        """Cached unless weights are trained: for the 12B model, resampling takes 3 ms on a GPU."""
        if torch.is_grad_enabled():
            return self._resampled(*grid)
        if grid not in self._positions_by_grid:
            self._positions_by_grid[grid] = self._resampled(*grid)
        return self._positions_by_grid[grid]

    def _resampled(self, rows: int, columns: int) -> Tensor:
        """The top left part, as large as the grid, of the table resampled to a square around it."""
        grid, side = int(self.position_table.shape[1] ** 0.5), max(rows, columns)
        table = self.position_table.float().transpose(1, 2).unflatten(2, (grid, grid))
        if side != grid:
            table = interpolate(table, (side, side), mode="bilinear", align_corners=False)
        window = table[..., :rows, :columns].flatten(2).transpose(1, 2)
        return window.to(self.position_table.dtype)


class Block(nn.Module):
    """A pre-norm transformer block. The next block adds its output to the residual."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.norm1 = LayerNorm(config.hidden_size, config.norm_eps)
        self.attn = Attention(config.hidden_size, config.num_heads)
        self.norm2 = LayerNorm(config.hidden_size, config.norm_eps)
        self.mlp = MLP(config.hidden_size, config.mlp_size)

    def forward(self, x: Tensor, added: Tensor) -> tuple[Tensor, Tensor]:
        """x and the output to add to it -> the same two for the next block [L, tokens, C]"""
        normed, x = self.norm1.add(added, x)
        normed, x = self.norm2.add(self.attn(normed), x)
        return x, self.mlp(normed)


class LayerNorm(nn.Module):
    """Layer norm over the last dimension of a sum."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.bias = nn.Parameter(torch.zeros(size))
        self.eps = eps

    def add(self, x: Tensor, residual: Tensor) -> tuple[Tensor, Tensor]:
        """x, residual [..., C] -> the norm of their sum, and the sum [..., C]"""
        return add_layer_norm(x, residual, self.weight, self.bias, self.eps)


class Attention(nn.Module):
    """Full attention among the tokens of one tile."""

    def __init__(self, size: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(size, 3 * size)
        self.proj = nn.Linear(size, size)

    def forward(self, x: Tensor) -> Tensor:
        """x [L, tokens, C] -> [L, tokens, C]"""
        q, k, v = self.qkv(x).unflatten(-1, (3, self.num_heads, -1)).unbind(2)
        return self.proj(full_attention(q, k, v).flatten(2))


class MLP(nn.Module):
    """Two projections around a GELU."""

    def __init__(self, size: int, hidden_size: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(size, hidden_size)
        self.fc2 = nn.Linear(hidden_size, size)

    def forward(self, x: Tensor) -> Tensor:
        """x [..., C] -> [..., C]"""
        return self.fc2(linear_gelu(x, self.fc1.weight, self.fc1.bias))
