import pytest
import torch
from torch import Tensor

from inference_server.ops.mamba.conv1d import chunk_conv1d, conv1d_update
from tests.inference_server.ops.mamba.mamba_inputs import Slots, make_bounds
from tests.inference_server.relative_error import relative_error

KINDS = [(torch.float32, 1e-6), (torch.bfloat16, 1e-2)]
WIDTH = 4


def make_weights(channels: int, device: torch.device, dtype: torch.dtype) -> dict[str, Tensor]:
    weight = torch.randn(channels, WIDTH, device=device).to(dtype)
    return {"weight": weight, "bias": torch.randn(channels, device=device).to(dtype)}


def make_inputs(tokens: int, channels: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Columns of a wider projection, aligned if their number is."""
    around = 16 if channels % 16 == 0 else 3
    wide = torch.full((tokens, channels + 2 * around), torch.nan, device=device, dtype=dtype)
    wide[:, around:-around] = torch.randn(tokens, channels, device=device)
    return wide[:, around:-around]


@pytest.mark.parametrize(("dtype", "bound"), KINDS)
@pytest.mark.parametrize("channels", [37, 640])
def test_update_is_the_reference(
    channels: int, dtype: torch.dtype, bound: float, device: torch.device
) -> None:
    weights, u = make_weights(channels, device, dtype), make_inputs(5, channels, device, dtype)
    slots = Slots((WIDTH - 1, channels), 5, device=device, dtype=dtype)
    ours, theirs = slots.pool.clone(), slots.pool.clone()
    y = torch.full((7, channels), torch.nan, device=device, dtype=dtype)
    expected = torch.empty_like(y[:5])
    conv1d_update.kernel(u, **weights, states=slots.of(ours), y=y[:5])
    conv1d_update.reference(u, **weights, states=slots.of(theirs), y=expected)
    assert relative_error(y[:5], expected) < bound
    assert torch.equal(ours[slots.slots], theirs[slots.slots])
    assert y[5:].isnan().all()
    assert slots.untouched(ours)


@pytest.mark.parametrize(("dtype", "bound"), KINDS)
@pytest.mark.parametrize("channels", [37, 640])
@pytest.mark.parametrize(
    "lengths", [(1,), (70,), (2, 1, 3, 1), (31, 32, 33, 1, 64), (3, 97), (0, 5, 0, 33, 0)], ids=str
)
def test_chunks_are_the_reference(
    lengths: tuple[int, ...], channels: int, dtype: torch.dtype, bound: float, device: torch.device
) -> None:
    tokens = sum(lengths)
    weights, u = make_weights(channels, device, dtype), make_inputs(tokens, channels, device, dtype)
    slots = Slots((WIDTH - 1, channels), len(lengths), device=device, dtype=dtype)
    ours, theirs = slots.pool.clone(), slots.pool.clone()
    y, expected = torch.full((2, tokens, channels), torch.nan, device=device, dtype=dtype)
    bounds = make_bounds(lengths, device)
    chunk_conv1d.kernel(u, **weights, bounds=bounds, states=slots.of(ours), y=y)
    chunk_conv1d.reference(u, **weights, bounds=bounds, states=slots.of(theirs), y=expected)
    assert relative_error(y, expected) < bound
    is_filled = bounds.diff() > 0
    used = slots.slots[is_filled]
    assert torch.equal(ours[used], theirs[used])
    assert slots.untouched(ours, is_filled)


def test_neighbors_change_no_bit_of_a_sequence(device: torch.device) -> None:
    lengths, kind = (40, 2, 33), (device, torch.bfloat16)
    weights, u = make_weights(20, *kind), make_inputs(75, 20, *kind)
    slots = Slots((WIDTH - 1, 20), 3, device=device, dtype=torch.bfloat16)
    together, y = slots.pool.clone(), torch.empty_like(u)
    chunk_conv1d.kernel(
        u, **weights, bounds=make_bounds(lengths, device), states=slots.of(together), y=y
    )
    start = 0
    for row, length in enumerate(lengths):
        alone, own = slots.pool.clone(), torch.empty_like(u[:length])
        chunk_conv1d.kernel(
            u[start : start + length],
            **weights,
            bounds=make_bounds((length,), device),
            states=slots.of(alone, slice(row, row + 1)),
            y=own,
        )
        assert torch.equal(own, y[start : start + length])
        assert torch.equal(alone[slots.slots[row]], together[slots.slots[row]])
        start += length
