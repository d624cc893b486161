"""How many tiles and tokens a picture or a clip costs: pure integer arithmetic.

Knows sizes only, never pixels.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """How a picture is cut: columns x rows tiles, and perhaps the whole of it as one more."""

    columns: int
    rows: int
    has_thumbnail: bool

    @property
    def num_tiles(self) -> int:
        return self.columns * self.rows + self.has_thumbnail


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiling:
    """The model's rule for cutting pictures. max_tiles does not count the thumbnail."""

    tile_size: int
    tokens_per_tile: int
    max_tiles: int
    use_thumbnail: bool

    def grid(self, width: int, height: int, *, max_tiles: int | None = None) -> Grid:
        """The grid of a picture of this size. A caller's own limit can only lower the model's."""
        limit = self.max_tiles if max_tiles is None else min(max_tiles, self.max_tiles)
        columns, rows = choose_grid(width, height, tile_size=self.tile_size, max_tiles=limit)
        has_thumbnail = self.use_thumbnail and columns * rows > 1
        return Grid(columns=columns, rows=rows, has_thumbnail=has_thumbnail)

    def num_tokens(self, grid: Grid) -> int:
        return grid.num_tiles * self.tokens_per_tile


def choose_grid(width: int, height: int, *, tile_size: int, max_tiles: int) -> tuple[int, int]:
    """Columns and rows, at most `max_tiles` in all, closest to the picture's aspect ratio.

    Among equally close grids a larger one wins only where the picture fills more than half of it,
    as InternVL does.
    """
    aspect = width / height
    best, best_distance = (1, 1), abs(aspect - 1)
    for columns, rows in _candidates(max_tiles):
        distance = abs(aspect - columns / rows)
        fills_half = 2 * width * height > tile_size * tile_size * columns * rows
        if distance < best_distance or (distance == best_distance and fills_half):
            best, best_distance = (columns, rows), distance
    return best


def retained_tokens(num_frames: int, tokens_per_frame: int, pruning_rate: float) -> int:
    """Tokens of a clip that Efficient Video Sampling keeps: never less than one frame's.

    The float expression is the published one, so that host and model truncate alike.
    """
    return max(tokens_per_frame, int(num_frames * tokens_per_frame * (1 - pruning_rate)))


def _candidates(max_tiles: int) -> list[tuple[int, int]]:
    """Every grid of at most `max_tiles`, small ones first."""
    grids = [
        (columns, rows)
        for columns in range(1, max_tiles + 1)
        for rows in range(1, max_tiles // columns + 1)
    ]
    return sorted(grids, key=lambda grid: grid[0] * grid[1])
