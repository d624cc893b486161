"""Counts the tiles and tokens of an image or a video: integer arithmetic on sizes, never pixels."""

from dataclasses import dataclass

from inference_server.engine.types import Grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiling:
    """The model's rule for cutting images. max_tiles does not count the thumbnail."""

    tile_size: int
    tokens_per_tile: int
    max_tiles: int
    use_thumbnail: bool

    def grid(self, width: int, height: int, *, max_tiles: int | None = None) -> Grid:
        """The grid of an image of this size. A caller's own limit can only lower the model's."""
        limit = self.max_tiles if max_tiles is None else min(max_tiles, self.max_tiles)
        columns, rows = choose_grid(width, height, tile_size=self.tile_size, max_tiles=limit)
        has_thumbnail = self.use_thumbnail and columns * rows > 1
        return Grid(columns=columns, rows=rows, has_thumbnail=has_thumbnail)

    def num_tokens(self, grid: Grid) -> int:
        return grid.num_tiles * self.tokens_per_tile


def choose_grid(width: int, height: int, *, tile_size: int, max_tiles: int) -> tuple[int, int]:
    """Columns and rows, at most `max_tiles` in all, closest to the image's aspect ratio.

    As in InternVL, of two equally close grids the larger wins only if the image fills more than
    half of it.
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
    """The tokens of a video that Efficient Video Sampling keeps: at least those of one frame.

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
