"""The state-space scan over packed sequences in one launch, states by slot and in place.

A program owns some channels of a head in a sequence and goes through its tokens in blocks. The
state stays in registers until it goes back to its slot, and only y is written between. One sequence
fills a GPU of 132 multiprocessors, since the 12B has 128 heads of two parts; the cost is then the
latency of a block, a chain of four small products:

    scores = c @ b.T                       within the block, then masked and decayed
    y      = scores @ x + decay * c @ state + d * x
    state  = decay of the block * state + b.T @ (decay to the end of the block * x)

The state is held transposed, [N, P], so that it is the right operand of one product and the sum of
another. A head size such as 80 is not a power of two: the second part is mostly idle and computes
the scores again, which is still faster than three parts of 32 (0.18 ms instead of 0.29 on an H200,
for 3,400 tokens of the 12B).

A block has 64 tokens and four warps, one warp group: in the layout of its products each warp holds
sixteen whole rows, so that scores go from sum to operand without leaving registers. With two stages
a block's b, c and x are loaded when the block before is done, while the other program on the
multiprocessor computes; three stages, which load ahead, leave no space for it and are slower. Its
dt is loaded ahead by hand, since the pipeline cannot copy a column. Strides are constants, since a
model's layout is: as arguments they cost a register and an addition for each of two dozen copies a
block. Float32 does not use the tensor cores: blocks are half as long, nothing is loaded ahead, and
it is slow.
"""

# pyright: reportArgumentType=false, reportCallIssue=false, reportGeneralTypeIssues=false

import torch
import triton
import triton.language as tl
from torch import Tensor

from inference_server.ops.dot_block import dot_block
from inference_server.ops.mamba.recurrence import Recurrence
from inference_server.ops.mamba.time_step_kernel import time_step
from inference_server.ops.online_softmax_kernel import LOG2_E
from inference_server.ops.slots import SlotStates

# A product of 64 rows keeps four warps busy, sixteen rows each, and no more. Triton 3.6 miscompiles
# this on an H200 with one stage or 16 channels: the tests must run on a GPU after any change.
_TOKENS, _NUM_WARPS, _NUM_STAGES = 64, 4, 2
_TOKENS_FLOAT32, _NUM_WARPS_FLOAT32, _NUM_STAGES_FLOAT32 = 32, 8, 1
_CHANNELS = 64
_LOG2_E = tl.constexpr(LOG2_E)


def chunk_scan(
    x: Tensor,
    dt: Tensor,
    b: Tensor,
    c: Tensor,
    recurrence: Recurrence,
    *,
    bounds: Tensor,
    states: SlotStates,
    chunk_size: int,  # noqa: ARG001 (the reference's; the kernel's is _TOKENS)
    y: Tensor,
) -> None:
    """Kernel for `chunk_scan`. A token's heads and groups are contiguous, tokens strided."""
    num_heads, head_size = x.shape[1:]
    num_groups, state_size = b.shape[1:]
    assert x.stride()[1:] == y.stride()[1:] == (head_size, 1)
    assert b.stride()[1:] == c.stride()[1:] == (state_size, 1)
    assert states.pool[0].is_contiguous()
    assert dt.stride(1) == 1
    is_float32 = x.dtype == torch.float32
    num_parts = triton.cdiv(head_size, _CHANNELS)
    _chunk_scan[(num_heads * num_parts, len(bounds) - 1)](
        x,
        dt,
        b,
        c,
        recurrence.a_log,
        recurrence.d,
        recurrence.dt_bias,
        bounds,
        *states,
        y,
        states.pool.stride(0),
        *recurrence.time_step_limit,
        X_STRIDE=x.stride(0),
        DT_STRIDE=dt.stride(0),
        B_STRIDE=b.stride(0),
        C_STRIDE=c.stride(0),
        Y_STRIDE=y.stride(0),
        HEADS_PER_GROUP=num_heads // num_groups,
        HEAD_SIZE=head_size,
        STATE_SIZE=state_size,
        NUM_PARTS=num_parts,
        CHANNELS=_CHANNELS,
        COLUMNS=dot_block(state_size),
        TOKENS=_TOKENS_FLOAT32 if is_float32 else _TOKENS,
        num_warps=_NUM_WARPS_FLOAT32 if is_float32 else _NUM_WARPS,
        num_stages=_NUM_STAGES_FLOAT32 if is_float32 else _NUM_STAGES,
    )


@triton.jit(do_not_specialize_on_alignment=["bounds", "slots", "num_computed"])
def _chunk_scan(
    x,
    dt,
    b,
    c,
    a_log,
    d,
    dt_bias,
    bounds,
    states,
    slots,
    num_computed,
    y,
    slot_stride,
    least_step,
    most_step,
    X_STRIDE: tl.constexpr,
    DT_STRIDE: tl.constexpr,
    B_STRIDE: tl.constexpr,
    C_STRIDE: tl.constexpr,
    Y_STRIDE: tl.constexpr,
    HEADS_PER_GROUP: tl.constexpr,
    HEAD_SIZE: tl.constexpr,
    STATE_SIZE: tl.constexpr,
    NUM_PARTS: tl.constexpr,
    CHANNELS: tl.constexpr,
    COLUMNS: tl.constexpr,
    TOKENS: tl.constexpr,
):
    head, part = tl.program_id(0) // NUM_PARTS, tl.program_id(0) % NUM_PARTS
    sequence = tl.program_id(1)
    start = tl.load(bounds + sequence)
    length = tl.load(bounds + sequence + 1) - start
    if length == 0:
        return
    start = start.to(tl.int64)
    has_state = tl.load(num_computed + sequence) > 0
    # For powers of two, since the hardware computes exp2.
    a = -tl.exp(tl.load(a_log + head).to(tl.float32)) * _LOG2_E
    skip = tl.load(d + head).to(tl.float32)
    bias = tl.load(dt_bias + head).to(tl.float32)

    token, column = tl.arange(0, TOKENS), tl.arange(0, COLUMNS)
    channel = part * CHANNELS + tl.arange(0, CHANNELS)
    x += start * X_STRIDE + head * HEAD_SIZE
    y += start * Y_STRIDE + head * HEAD_SIZE
    b += start * B_STRIDE + head // HEADS_PER_GROUP * STATE_SIZE
    c += start * C_STRIDE + head // HEADS_PER_GROUP * STATE_SIZE
    dt += start * DT_STRIDE + head

    slot = tl.load(slots + sequence)
    place = states + slot * slot_stride + head * (HEAD_SIZE * STATE_SIZE)
    place += channel[None, :] * STATE_SIZE + column[:, None]
    is_place = (column < STATE_SIZE)[:, None] & (channel < HEAD_SIZE)[None, :]
    state = tl.load(place, mask=is_place & has_state, other=0.0).to(tl.float32)

    projected = tl.load(dt + token * DT_STRIDE, mask=token < length, other=0.0)
    for first in range(0, length, TOKENS):
        is_token = token < length - first
        # Tokens behind the end neither decay nor feed the state.
        step = tl.where(is_token, time_step(projected, bias, least_step, most_step), 0.0)
        dt += TOKENS * DT_STRIDE
        is_next = token < length - first - TOKENS
        projected = tl.load(dt + token * DT_STRIDE, mask=is_next, other=0.0)
        log_decay_of_all = tl.sum(step * a, 0)
        log_decay, step = tl.associative_scan((step * a, step), 0, _accumulate)

        is_entry = is_token[:, None] & (column < STATE_SIZE)[None, :]
        b_rows = tl.load(b + token[:, None] * B_STRIDE + column, mask=is_entry, other=0.0)
        c_rows = tl.load(c + token[:, None] * C_STRIDE + column, mask=is_entry, other=0.0)
        elapsed = log_decay[:, None] - log_decay[None, :]
        # Masked before the exponential, which would overflow backward in time.
        position = first + token
        elapsed = tl.where(position[:, None] >= position[None, :], elapsed, float("-inf"))
        scores = tl.dot(c_rows, tl.trans(b_rows), input_precision="ieee")
        scores = (scores * tl.exp2(elapsed) * step[None, :]).to(x.dtype.element_ty)
        since_start = tl.exp2(log_decay)
        to_end = tl.exp2(log_decay_of_all - log_decay) * step
        of_all = tl.exp2(log_decay_of_all)

        is_x = is_token[:, None] & (channel < HEAD_SIZE)[None, :]
        x_rows = tl.load(x + token[:, None] * X_STRIDE + channel, mask=is_x, other=0.0)
        out = tl.dot(c_rows, state.to(c_rows.dtype), input_precision="ieee")
        out = tl.dot(scores, x_rows, out * since_start[:, None], input_precision="ieee")
        out += skip * x_rows.to(tl.float32)
        tl.store(y + token[:, None] * Y_STRIDE + channel, out, mask=is_x)
        fed = (x_rows.to(tl.float32) * to_end[:, None]).to(x_rows.dtype)
        state = tl.dot(tl.trans(b_rows), fed, state * of_all, input_precision="ieee")

        x += TOKENS * X_STRIDE
        y += TOKENS * Y_STRIDE
        b += TOKENS * B_STRIDE
        c += TOKENS * C_STRIDE

    tl.store(place, state, mask=is_place)


@triton.jit
def _accumulate(sum_before, _, sum_after, last):
    """Adds the first of each pair and passes on the last of the second.

    Steps go through the scan so that they are not computed again for each of their layouts.
    """
    return sum_before + sum_after, last
