"""The state update of decode rows, in place: a state is read once and written once.

Moving the states takes nearly all the time: a layer of the 12B moves 5 MiB each way for a row. A
program takes four kilobytes of one head's state in whole rows, so that a head size of whole tiles,
such as 80, wastes no load, and one sequence alone makes 1,280 programs. Its sixteen-byte loads,
eight a thread, are all in flight at once, and begin while the kernel before ends: 64 sequences move
4.1 TB/s on an H200, where a copy moves 4.2. A state is not read again before the next step. Two
updates of one state need a launch without overlap between them (ops/overlap_kernel.py).
"""

# pyright: reportArgumentType=false, reportCallIssue=false, reportGeneralTypeIssues=false

import triton
import triton.language as tl
from torch import Tensor

from inference_server.ops.mamba.recurrence import Recurrence
from inference_server.ops.mamba.time_step_kernel import time_step
from inference_server.ops.overlap_kernel import overlapped, take_turn
from inference_server.ops.slots import SlotStates

_ROWS = 8
_NUM_WARPS = 1


def state_update(
    x: Tensor,
    dt: Tensor,
    b: Tensor,
    c: Tensor,
    recurrence: Recurrence,
    *,
    states: SlotStates,
    y: Tensor,
) -> None:
    """Kernel for `state_update`. A token's heads and groups are contiguous, tokens strided."""
    num_rows, num_heads, head_size = x.shape
    state_size = b.shape[2]
    assert x.stride()[1:] == y.stride()[1:] == (head_size, 1)
    assert b.stride()[1:] == c.stride()[1:] == (state_size, 1)
    assert states.pool[0].is_contiguous()
    assert dt.stride(1) == 1
    _state_update[(triton.cdiv(head_size, _ROWS), num_heads, num_rows)](
        x,
        dt,
        b,
        c,
        recurrence.a_log,
        recurrence.d,
        recurrence.dt_bias,
        *states,
        y,
        x.stride(0),
        dt.stride(0),
        b.stride(0),
        c.stride(0),
        y.stride(0),
        states.pool.stride(0),
        *recurrence.time_step_limit,
        HEADS_PER_GROUP=num_heads // b.shape[1],
        HEAD_SIZE=head_size,
        STATE_SIZE=state_size,
        ROWS=_ROWS,
        COLUMNS=triton.next_power_of_2(state_size),
        num_warps=_NUM_WARPS,
        **overlapped(x),
    )


@triton.jit(do_not_specialize_on_alignment=["slots", "num_computed"])
def _state_update(
    x,
    dt,
    b,
    c,
    a_log,
    d,
    dt_bias,
    states,
    slots,
    num_computed,
    y,
    x_stride,
    dt_stride,
    b_stride,
    c_stride,
    y_stride,
    slot_stride,
    least_step,
    most_step,
    HEADS_PER_GROUP: tl.constexpr,
    HEAD_SIZE: tl.constexpr,
    STATE_SIZE: tl.constexpr,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
    IS_OVERLAPPED: tl.constexpr,
):
    head = tl.program_id(1)
    sequence = tl.program_id(2).to(tl.int64)
    slot = tl.load(slots + sequence)
    has_state = tl.load(num_computed + sequence) > 0
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.arange(0, COLUMNS)
    is_row, is_column = row < HEAD_SIZE, column < STATE_SIZE

    place = states + slot * slot_stride + head * (HEAD_SIZE * STATE_SIZE)
    place += row[:, None] * STATE_SIZE + column[None, :]
    is_place = is_row[:, None] & is_column[None, :]
    state = tl.load(place, mask=is_place & has_state, other=0.0, eviction_policy="evict_first").to(
        tl.float32
    )
    take_turn(IS_OVERLAPPED)

    of_group = head // HEADS_PER_GROUP * STATE_SIZE + column
    b_row = tl.load(b + sequence * b_stride + of_group, mask=is_column, other=0.0).to(tl.float32)
    c_row = tl.load(c + sequence * c_stride + of_group, mask=is_column, other=0.0).to(tl.float32)
    of_head = head * HEAD_SIZE + row
    x_rows = tl.load(x + sequence * x_stride + of_head, mask=is_row, other=0.0).to(tl.float32)
    projected = tl.load(dt + sequence * dt_stride + head)
    step = time_step(projected, tl.load(dt_bias + head).to(tl.float32), least_step, most_step)
    decay = tl.exp(-tl.exp(tl.load(a_log + head).to(tl.float32)) * step)
    skip = tl.load(d + head).to(tl.float32)

    state = decay * state + (step * x_rows)[:, None] * b_row[None, :]
    # Slot 0 is not written: all padding rows of a recorded step would write the same state.
    tl.store(place, state, mask=is_place & (slot > 0), eviction_policy="evict_first")
    summed = tl.sum(state * c_row[None, :], axis=1) + skip * x_rows
    tl.store(y + sequence * y_stride + of_head, summed, mask=is_row)
