"""The causal convolution with SiLU, for decode rows and packed chunks; states change in place.

Bound by memory. The program that reads a sequence's history also writes the new one, after all its
threads have read, so that no program can read a history of the next step.
"""

# pyright: reportArgumentType=false, reportCallIssue=false, reportGeneralTypeIssues=false
# pyright: reportAttributeAccessIssue=false
# (a launch takes options that are not parameters; tuples start empty and grow)

import triton
import triton.language as tl
from torch import Tensor

from inference_server.ops.overlap_kernel import overlapped, take_turn
from inference_server.ops.slots import SlotStates

# Sixteen-byte accesses: eight channels a thread. One row of 12,288 makes 24 programs.
_UPDATE_CHANNELS = 512
_UPDATE_NUM_WARPS = 2
# A thread goes through a block's tokens, so that it reads and converts each input once. The last
# K - 1 of the block before are read again, from the L2 cache.
_CHUNK_TOKENS = 16
_CHUNK_CHANNELS = 512
_CHUNK_NUM_WARPS = 4


def conv1d_update(
    u: Tensor,
    weight: Tensor,
    bias: Tensor,
    *,
    states: SlotStates,
    y: Tensor,
) -> None:
    """Kernel for `conv1d_update`. The channels of a token are contiguous, tokens may be strided."""
    num_rows, num_channels = u.shape
    _check(u, weight, states.pool, y)
    _update[(triton.cdiv(num_channels, _UPDATE_CHANNELS), num_rows)](
        u,
        weight,
        bias,
        *states,
        y,
        u.stride(0),
        y.stride(0),
        num_channels,
        WIDTH=weight.shape[1],
        CHANNELS=_UPDATE_CHANNELS,
        num_warps=_UPDATE_NUM_WARPS,
        **overlapped(u),
    )


def chunk_conv1d(
    u: Tensor,
    weight: Tensor,
    bias: Tensor,
    *,
    bounds: Tensor,
    states: SlotStates,
    y: Tensor,
) -> None:
    """Kernel for `chunk_conv1d`. The channels of a token are contiguous, tokens may be strided."""
    num_tokens, num_channels = u.shape
    num_sequences = len(bounds) - 1
    _check(u, weight, states.pool, y)
    # Every sequence starts a new block, and its last block may be partly filled.
    num_blocks = num_tokens // _CHUNK_TOKENS + num_sequences
    _chunks[(triton.cdiv(num_channels, _CHUNK_CHANNELS), num_blocks)](
        u,
        weight,
        bias,
        bounds,
        *states,
        y,
        num_sequences,
        u.stride(0),
        y.stride(0),
        num_channels,
        WIDTH=weight.shape[1],
        ROWS=triton.next_power_of_2(weight.shape[1] - 1),
        TOKENS=_CHUNK_TOKENS,
        CHANNELS=_CHUNK_CHANNELS,
        num_warps=_CHUNK_NUM_WARPS,
    )


def _check(u: Tensor, weight: Tensor, pool: Tensor, y: Tensor) -> None:
    assert u.stride(1) == y.stride(1) == 1
    assert weight.is_contiguous()
    assert pool.is_contiguous()
    assert 1 < weight.shape[1] <= _CHUNK_TOKENS, (
        "a block of tokens reaches back into the one before"
    )


@triton.jit(do_not_specialize_on_alignment=["slots", "num_computed"])
def _update(
    u,
    weight,
    bias,
    states,
    slots,
    num_computed,
    y,
    u_stride,
    y_stride,
    num_channels,
    WIDTH: tl.constexpr,
    CHANNELS: tl.constexpr,
    IS_OVERLAPPED: tl.constexpr,
):
    sequence = tl.program_id(1).to(tl.int64)
    slot = tl.load(slots + sequence)
    has_state = tl.load(num_computed + sequence) > 0
    channel = tl.program_id(0) * CHANNELS + tl.arange(0, CHANNELS)
    is_channel = channel < num_channels
    history = states + slot * (WIDTH - 1) * num_channels + channel

    take_turn(IS_OVERLAPPED)
    newest = tl.load(u + sequence * u_stride + channel, mask=is_channel)
    total = tl.load(bias + channel, mask=is_channel).to(tl.float32)
    tap = tl.load(weight + channel * WIDTH + WIDTH - 1, mask=is_channel).to(tl.float32)
    total += tap * newest.to(tl.float32)
    for j in tl.static_range(WIDTH - 1):
        past = tl.load(history + j * num_channels, mask=is_channel & has_state, other=0.0)
        tap = tl.load(weight + channel * WIDTH + j, mask=is_channel).to(tl.float32)
        total += tap * past.to(tl.float32)
        if j > 0:
            # One thread owns a channel, and it read in the round before what it overwrites here.
            tl.store(history + (j - 1) * num_channels, past, mask=is_channel)
    tl.store(history + (WIDTH - 2) * num_channels, newest, mask=is_channel)
    tl.store(y + sequence * y_stride + channel, total * tl.sigmoid(total), mask=is_channel)


@triton.jit(
    do_not_specialize=["num_sequences"],
    do_not_specialize_on_alignment=["bounds", "slots", "num_computed"],
)
def _chunks(
    u,
    weight,
    bias,
    bounds,
    states,
    slots,
    num_computed,
    y,
    num_sequences,
    u_stride,
    y_stride,
    num_channels,
    WIDTH: tl.constexpr,
    ROWS: tl.constexpr,
    TOKENS: tl.constexpr,
    CHANNELS: tl.constexpr,
):
    sequence, start, length, block = _find_block(tl.program_id(1), bounds, num_sequences, TOKENS)
    first = block * TOKENS
    if first >= length:
        return
    channel = tl.program_id(0) * CHANNELS + tl.arange(0, CHANNELS)
    is_channel = channel < num_channels
    # Offsets from a block's start are small; from a tensor's they may pass 32 bits.
    u_block = u + (start + first) * u_stride + channel
    y_block = y + (start + first) * y_stride + channel
    slot = tl.load(slots + sequence)
    has_state = tl.load(num_computed + sequence) > 0
    history = states + slot * (WIDTH - 1) * num_channels + channel

    # All loads are issued before the first value is used, and none after a store.
    # Tuples grow by addition, since Triton has no unpacking.
    seen = ()
    for j in tl.static_range(WIDTH - 1):
        is_here = is_channel & (first + j >= WIDTH - 1)
        fresh = tl.load(u_block + (j - WIDTH + 1) * u_stride, mask=is_here, other=0.0)
        is_past = is_channel & has_state & (first + j < WIDTH - 1)
        past = tl.load(history + (first + j) * num_channels, mask=is_past, other=0.0)
        seen = seen + (fresh.to(tl.float32) + past.to(tl.float32),)  # noqa: RUF005
    for j in tl.static_range(TOKENS):
        is_here = is_channel & (first + j < length)
        seen = seen + (tl.load(u_block + j * u_stride, mask=is_here, other=0.0),)  # noqa: RUF005
    taps = ()
    for j in tl.static_range(WIDTH):
        tap = tl.load(weight + channel * WIDTH + j, mask=is_channel).to(tl.float32)
        taps = taps + (tap,)  # noqa: RUF005
    offset = tl.load(bias + channel, mask=is_channel).to(tl.float32)
    if block == 0:
        end = u + (start + length) * u_stride + channel
        _write_history(
            end[None, :],
            history[None, :],
            length,
            has_state,
            is_channel,
            u_stride,
            num_channels,
            WIDTH,
            ROWS,
        )
    for i in tl.static_range(TOKENS):
        total = offset
        for j in tl.static_range(WIDTH):
            total += taps[j] * seen[i + j].to(tl.float32)
        is_output = is_channel & (first + i < length)
        tl.store(y_block + i * y_stride, total * tl.sigmoid(total), mask=is_output)


@triton.jit
def _find_block(block, bounds, num_sequences, TOKENS: tl.constexpr):
    """The sequence of a block, the sequence's start and length, and the block's index in it."""
    sequence = 0
    start = tl.load(bounds)
    end = tl.load(bounds + 1)
    while (block >= tl.cdiv(end - start, TOKENS)) & (sequence < num_sequences - 1):
        block -= tl.cdiv(end - start, TOKENS)
        sequence += 1
        start = end
        end = tl.load(bounds + sequence + 1)
    return sequence, start.to(tl.int64), end - start, block


@triton.jit
def _write_history(
    end,
    history,
    length,
    has_state,
    is_channel,
    u_stride,
    num_channels,
    WIDTH: tl.constexpr,
    ROWS: tl.constexpr,
):
    """Writes the last inputs of history and chunk together; a short chunk shifts the history."""
    row = tl.arange(0, ROWS)
    is_row = (row < WIDTH - 1)[:, None] & is_channel[None, :]
    source = row + length
    is_past = (source < WIDTH - 1)[:, None] & is_row
    past = tl.load(history + source[:, None] * num_channels, mask=is_past & has_state, other=0.0)
    from_end = (row - WIDTH + 1)[:, None] * u_stride
    fresh = tl.load(end + from_end, mask=is_row & ~is_past, other=0.0)
    kept = tl.where(is_past, past.to(fresh.dtype), fresh)
    # Every thread has read the old history by now.
    tl.debug_barrier()
    tl.store(history + row[:, None] * num_channels, kept, mask=is_row)
