from dataclasses import replace

import pytest
import torch
from torch.nn.functional import softplus

from inference_server.ops.mamba.ssd import chunk_scan
from tests.inference_server.ops.mamba.mamba_inputs import (
    LARGE,
    SMALL,
    ScanInputs,
    Sizes,
    Slots,
    make_bounds,
)
from tests.inference_server.relative_error import relative_error

ALL = slice(None)
# The chunk size of the reference, which differs from the kernel's.
CHUNK_SIZE = 8
SQUARE = Sizes(num_heads=2, head_size=64, num_groups=2, state_size=16, alignment=8)


def make_slots(sizes: Sizes, num_sequences: int, device: torch.device, dtype: torch.dtype) -> Slots:
    shape = (sizes.num_heads, sizes.head_size, sizes.state_size)
    return Slots(shape, num_sequences, device=device, dtype=dtype)


@pytest.mark.parametrize(
    ("sizes", "lengths"),
    [
        (LARGE, (1, 130)),
        (LARGE, (64,)),
        (SMALL, (3, 64, 1, 65, 2)),
        (SQUARE, (200, 31, 33)),
        (SMALL, (0, 5, 0, 66, 0)),
    ],
    ids=["large", "whole", "small", "square", "empty"],
)
@pytest.mark.parametrize(
    ("dtype", "pool_dtype", "bound"),
    [
        (torch.float32, torch.float32, 1e-4),
        (torch.bfloat16, torch.float32, 1e-2),
        (torch.bfloat16, torch.bfloat16, 1e-2),
    ],
)
def test_kernel_is_the_reference(
    sizes: Sizes,
    lengths: tuple[int, ...],
    dtype: torch.dtype,
    pool_dtype: torch.dtype,
    bound: float,
    device: torch.device,
) -> None:
    inputs = ScanInputs.make(sizes, sum(lengths), device=device, dtype=dtype)
    slots = make_slots(sizes, len(lengths), device, pool_dtype)
    ours, theirs = slots.pool.clone(), slots.pool.clone()
    y, expected = torch.full((2, *inputs.x.shape), torch.nan, device=device, dtype=dtype)
    bounds = make_bounds(lengths, device)
    chunk_scan.kernel(
        *inputs.rows(ALL), chunk_size=CHUNK_SIZE, bounds=bounds, states=slots.of(ours), y=y
    )
    chunk_scan.reference(
        *inputs.rows(ALL), chunk_size=CHUNK_SIZE, bounds=bounds, states=slots.of(theirs), y=expected
    )
    assert relative_error(y, expected) < bound
    is_filled = bounds.diff() > 0
    used = slots.slots[is_filled]
    assert relative_error(ours[used], theirs[used]) < bound
    assert slots.untouched(ours, is_filled)


@pytest.mark.parametrize("bias", [-9.0, 6.0], ids=["slow", "fast"])
def test_decays_that_vanish_and_that_last_stay_exact(bias: float, device: torch.device) -> None:
    """A fast block decays by a factor whose inverse overflows float32."""
    inputs = ScanInputs.make(SMALL, 90, device=device, dtype=torch.float32)
    dt_bias = torch.full_like(inputs.recurrence.dt_bias, bias)
    inputs = replace(inputs, recurrence=replace(inputs.recurrence, dt_bias=dt_bias))
    slots = make_slots(SMALL, 2, device, torch.float32)
    ours, theirs = slots.pool.clone(), slots.pool.clone()
    y, expected = torch.empty((2, *inputs.x.shape), device=device)
    bounds = make_bounds((20, 70), device)
    chunk_scan.kernel(
        *inputs.rows(ALL), chunk_size=CHUNK_SIZE, bounds=bounds, states=slots.of(ours), y=y
    )
    chunk_scan.reference(
        *inputs.rows(ALL), chunk_size=CHUNK_SIZE, bounds=bounds, states=slots.of(theirs), y=expected
    )
    # A decay is the exponential of a difference of sums, each off by eps of what it is.
    steps = softplus(inputs.dt + dt_bias) * inputs.recurrence.a_log.exp()
    bound = 1e-5 + torch.finfo(torch.float32).eps * steps.sum(0).max().item()
    assert relative_error(y, expected) < bound
    assert relative_error(ours[slots.slots], theirs[slots.slots]) < bound


def test_scan_in_two_parts_is_the_scan_in_one(device: torch.device) -> None:
    inputs = ScanInputs.make(SMALL, 100, device=device, dtype=torch.float32)
    slots = make_slots(SMALL, 1, device, torch.float32)
    whole, parts = slots.pool.clone(), slots.pool.clone()
    y, y_parts = torch.empty((2, *inputs.x.shape), device=device)
    chunk_scan.kernel(
        *inputs.rows(ALL),
        chunk_size=CHUNK_SIZE,
        bounds=make_bounds((100,), device),
        states=slots.of(whole),
        y=y,
    )
    for start, end in ((0, 37), (37, 38), (38, 100)):
        part = slice(start, end)
        slots.num_computed[:] = start
        chunk_scan.kernel(
            *inputs.rows(part),
            chunk_size=CHUNK_SIZE,
            bounds=make_bounds((end - start,), device),
            states=slots.of(parts),
            y=y_parts[part],
        )
    assert relative_error(y_parts, y) < 1e-4
    assert relative_error(parts[slots.slots], whole[slots.slots]) < 1e-4


def test_neighbors_change_no_bit_of_a_sequence(device: torch.device) -> None:
    lengths = (70, 2, 33)
    inputs = ScanInputs.make(SMALL, sum(lengths), device=device, dtype=torch.bfloat16)
    slots = make_slots(SMALL, 3, device, torch.float32)
    together, y = slots.pool.clone(), torch.empty(inputs.x.shape, device=device)
    chunk_scan.kernel(
        *inputs.rows(ALL),
        chunk_size=CHUNK_SIZE,
        bounds=make_bounds(lengths, device),
        states=slots.of(together),
        y=y,
    )
    start = 0
    for row, length in enumerate(lengths):
        part = slice(start, start + length)
        alone, own = slots.pool.clone(), torch.empty(inputs.x[part].shape, device=device)
        chunk_scan.kernel(
            *inputs.rows(part),
            chunk_size=CHUNK_SIZE,
            bounds=make_bounds((length,), device),
            states=slots.of(alone, slice(row, row + 1)),
            y=own,
        )
        assert torch.equal(own, y[part])
        assert torch.equal(alone[slots.slots[row]], together[slots.slots[row]])
        start += length
