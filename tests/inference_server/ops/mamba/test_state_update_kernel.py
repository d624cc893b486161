from dataclasses import replace

import pytest
import torch

from inference_server.ops.mamba.state_update import state_update
from tests.inference_server.ops.mamba.mamba_inputs import (
    LARGE,
    SMALL,
    ScanInputs,
    Sizes,
    Slots,
)
from tests.inference_server.relative_error import relative_error

ALL = slice(None)


def make(
    sizes: Sizes, num_rows: int, device: torch.device, dtype: torch.dtype, pool_dtype: torch.dtype
) -> tuple[ScanInputs, Slots]:
    shape = (sizes.num_heads, sizes.head_size, sizes.state_size)
    inputs = ScanInputs.make(sizes, num_rows, device=device, dtype=dtype)
    return inputs, Slots(shape, num_rows, device=device, dtype=pool_dtype)


@pytest.mark.parametrize("sizes", [LARGE, SMALL], ids=["large", "small"])
@pytest.mark.parametrize(
    ("dtype", "pool_dtype", "bound", "state_bound"),
    [
        (torch.float32, torch.float32, 1e-6, 1e-6),
        (torch.bfloat16, torch.float32, 1e-2, 1e-6),
        (torch.bfloat16, torch.bfloat16, 1e-2, 1e-2),
    ],
)
def test_kernel_is_the_reference(
    sizes: Sizes,
    dtype: torch.dtype,
    pool_dtype: torch.dtype,
    bound: float,
    state_bound: float,
    device: torch.device,
) -> None:
    inputs, slots = make(sizes, 3, device, dtype, pool_dtype)
    ours, theirs = slots.pool.clone(), slots.pool.clone()
    # The kernel's y is a slice of a larger tensor, as in a step with chunks.
    y = torch.full((5, *inputs.x.shape[1:]), torch.nan, device=device, dtype=dtype)
    expected = torch.empty_like(y[:3])
    state_update.kernel(*inputs.rows(ALL), states=slots.of(ours), y=y[:3])
    state_update.reference(*inputs.rows(ALL), states=slots.of(theirs), y=expected)
    assert relative_error(y[:3], expected) < bound
    assert relative_error(ours[slots.slots], theirs[slots.slots]) < state_bound
    assert y[3:].isnan().all()
    assert slots.untouched(ours)


def test_steps_stay_within_their_limits(device: torch.device) -> None:
    inputs, slots = make(SMALL, 3, device, torch.float32, torch.float32)
    inputs = replace(inputs, recurrence=replace(inputs.recurrence, time_step_limit=(0.1, 0.5)))
    ours, theirs = slots.pool.clone(), slots.pool.clone()
    y, expected = torch.empty_like(inputs.x), torch.empty_like(inputs.x)
    state_update.kernel(*inputs.rows(ALL), states=slots.of(ours), y=y)
    state_update.reference(*inputs.rows(ALL), states=slots.of(theirs), y=expected)
    assert relative_error(y, expected) < 1e-6
    assert relative_error(ours[slots.slots], theirs[slots.slots]) < 1e-6


def test_steps_keep_their_last_digits(device: torch.device) -> None:
    inputs, slots = make(SMALL, 1, device, torch.float32, torch.float32)
    for projected in (-15.0, -6.0, -3.0, 0.0, 3.0, 21.0):
        inputs.dt.fill_(projected)
        ours, theirs = slots.pool.clone(), slots.pool.clone()
        state_update.kernel(*inputs.rows(ALL), states=slots.of(ours), y=torch.empty_like(inputs.x))
        state_update.reference(
            *inputs.rows(ALL), states=slots.of(theirs), y=torch.empty_like(inputs.x)
        )
        # The state of a new sequence is only what the step adds to it.
        assert relative_error(ours[slots.slots], theirs[slots.slots]) < 5e-6


def test_neighbors_change_no_bit_of_a_row(device: torch.device) -> None:
    inputs, slots = make(SMALL, 4, device, torch.bfloat16, torch.float32)
    together, y = slots.pool.clone(), torch.empty(inputs.x.shape, device=device)
    state_update.kernel(*inputs.rows(ALL), states=slots.of(together), y=y)
    for row in range(4):
        which = slice(row, row + 1)
        alone, own = slots.pool.clone(), torch.empty(inputs.x[which].shape, device=device)
        state_update.kernel(*inputs.rows(which), states=slots.of(alone, which), y=own)
        assert torch.equal(own, y[which])
        assert torch.equal(alone[slots.slots[row]], together[slots.slots[row]])


def test_padding_rows_change_no_state(device: torch.device) -> None:
    inputs, slots = make(SMALL, 4, device, torch.float32, torch.float32)
    alone, beside = slots.pool.clone(), slots.pool.clone()
    y, y_beside = torch.empty((2, *inputs.x.shape), device=device)
    state_update.kernel(*inputs.rows(slice(2)), states=slots.of(alone, slice(2)), y=y[:2])
    slots.slots[2:] = 0
    # A kernel may read states before it waits, so another one must run between the updates.
    y_beside.zero_()
    state_update.kernel(*inputs.rows(ALL), states=slots.of(beside), y=y_beside)
    assert torch.equal(y_beside[:2], y[:2])
    assert torch.equal(beside.view(torch.uint8), alone.view(torch.uint8))
