import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_server.media.grid import Tiling, choose_grid, retained_tokens

TILING = Tiling(tile_size=512, tokens_per_tile=256, max_tiles=12, use_thumbnail=True)

sizes = st.integers(1, 20_000)
limits = st.integers(1, 24)


@pytest.mark.parametrize(
    ("size", "max_tiles", "expected", "num_tokens"),
    [
        ((481, 202), 12, (5, 2), 2816),
        ((481, 202), 8, (2, 1), 768),
        ((481, 202), 4, (2, 1), 768),
        ((481, 202), 2, (2, 1), 768),
        ((481, 202), 1, (1, 1), 256),
        ((1178, 1779), 12, (2, 3), 1792),
        ((1178, 1779), 8, (2, 3), 1792),
        ((1178, 1779), 4, (1, 2), 768),
        ((512, 512), 12, (1, 1), 256),
        ((256, 256), 12, (1, 1), 256),
        ((100, 100), 12, (1, 1), 256),
        ((724, 724), 12, (1, 1), 256),
        ((725, 725), 12, (2, 2), 1280),
        ((1024, 1024), 12, (2, 2), 1280),
        ((1086, 1086), 12, (2, 2), 1280),
        ((1087, 1087), 12, (3, 3), 2560),
        ((640, 480), 12, (4, 3), 3328),
        ((2048, 1536), 12, (4, 3), 3328),
        ((2550, 3300), 12, (3, 4), 3328),
        ((1280, 720), 12, (2, 1), 768),
        ((1920, 1080), 12, (4, 2), 2304),
        ((1080, 1920), 12, (2, 4), 2304),
        ((1000, 2000), 12, (2, 4), 2304),
        ((300, 600), 12, (1, 2), 768),
        ((3072, 1024), 12, (6, 2), 3328),
        ((1024, 768), 8, (3, 2), 1792),
        ((1024, 768), 6, (3, 2), 1792),
        ((1024, 768), 4, (2, 2), 1280),
        ((1024, 768), 2, (1, 1), 256),
        ((1, 1), 12, (1, 1), 256),
        ((2000, 3), 12, (12, 1), 3328),
        ((1, 65535), 12, (1, 12), 3328),
    ],
)
def test_known_sizes(
    size: tuple[int, int], max_tiles: int, expected: tuple[int, int], num_tokens: int
) -> None:
    grid = TILING.grid(*size, max_tiles=max_tiles)
    assert (grid.columns, grid.rows) == expected
    assert TILING.num_tokens(grid) == num_tokens


@given(sizes, sizes, limits)
def test_no_grid_of_the_limit_is_closer(width: int, height: int, max_tiles: int) -> None:
    columns, rows = choose_grid(width, height, tile_size=512, max_tiles=max_tiles)
    assert 1 <= columns * rows <= max_tiles
    distances = [
        abs(width / height - i / j)
        for i in range(1, max_tiles + 1)
        for j in range(1, max_tiles + 1)
        if i * j <= max_tiles
    ]
    assert abs(width / height - columns / rows) == min(distances)


@given(sizes, sizes)
def test_a_thumbnail_is_added_to_more_than_one_tile(width: int, height: int) -> None:
    grid = TILING.grid(width, height)
    num_cut = grid.columns * grid.rows
    assert grid.has_thumbnail == (num_cut > 1)
    assert grid.num_tiles == num_cut + grid.has_thumbnail


def test_a_caller_s_limit_cannot_exceed_the_model_s() -> None:
    assert TILING.grid(640, 480, max_tiles=1000) == TILING.grid(640, 480)


@pytest.mark.parametrize(
    ("num_frames", "rate", "expected"),
    [
        (128, 0.7, 9830),
        (128, 0.75, 8192),
        (3, 0.7, 256),
        (1, 0.0, 256),
        (1, 0.99, 256),
        (128, 0.0, 32768),
        (10, 0.1, 2304),
        (3, 0.3, 537),
    ],
)
def test_pruning_keeps_a_share_and_at_least_one_frame(
    num_frames: int, rate: float, expected: int
) -> None:
    assert retained_tokens(num_frames, 256, rate) == expected
