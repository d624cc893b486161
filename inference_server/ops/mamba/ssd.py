"""The state-space scan of Mamba2 over packed sequences.

For each head, with a state h [P, N] that starts from the sequence's last one:

    h[t] = exp(dt[t] * a) * h[t - 1] + dt[t] * outer(x[t], b[t])
    y[t] = h[t] @ c[t] + d * x[t]

Computed in chunks of fixed size (the state-space duality of https://arxiv.org/abs/2405.21060):
within a chunk as masked attention, between chunks by carrying states. The chunk size changes the
cost but not the result.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import pad

from inference_server.ops.dispatch import Kernel, on_cuda
from inference_server.ops.mamba.recurrence import Recurrence
from inference_server.ops.slots import SlotStates

# States added by chunks [M, H, P, N], log decays [M, H] -> entering [M, H, P, N], final states
Carry = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def ssd_scan(
    x: Tensor,
    dt: Tensor,
    a: Tensor,
    b: Tensor,
    c: Tensor,
    d: Tensor,
    *,
    lengths: Sequence[int],
    states: Tensor,
    chunk_size: int,
) -> tuple[Tensor, Tensor]:
    """Scans S packed sequences, in float32; differentiable, and plain torch on every device.

    x [T, H, P], dt [T, H], a [H], b and c [T, G, N], d [H], lengths of the sequences,
    states [S, H, P, N] -> y [T, H, P] in the dtype of x, final states [S, H, P, N]

    dt is positive and a negative. Letters below: M chunks of Q tokens, E heads of a group.
    """
    grid = [_to_grid(t.float(), lengths, chunk_size) for t in (x, dt, b, c)]
    carry = partial(_carry, states=states.float(), num_chunks=_num_chunks(lengths, chunk_size))
    y, final = _scan_grid(grid, a, carry)
    y = _from_grid(y, lengths, chunk_size) + d.float()[:, None] * x.float()
    return y.to(x.dtype), final


def scan_alike(
    x: Tensor, dt: Tensor, a: Tensor, b: Tensor, c: Tensor, d: Tensor, *, chunk_size: int
) -> Tensor:
    """Scans whole sequences of one length, in float32; differentiable, and plain torch.

    x [S, tokens, H, P], dt [S, tokens, H], a [H], b and c [S, tokens, G, N], d [H]
    -> [S, tokens, H, P] in the dtype of x

    The length is part of the shapes, so that a compiler can use the same code for any length.
    """
    (num_sequences, length, heads), spare = dt.shape, -x.shape[1] % chunk_size
    filled = [pad(t.float(), [0, 0] * (t.dim() - 2) + [0, spare]) for t in (x, dt, b, c)]
    grid = [t.reshape(-1, chunk_size, *t.shape[2:]) for t in filled]
    empty = x.new_zeros(num_sequences, heads, x.shape[-1], b.shape[-1], dtype=torch.float32)
    y, _ = _scan_grid(grid, a, partial(_carry_alike, states=empty))
    y = y.unflatten(0, (num_sequences, -1)).flatten(1, 2)[:, :length]
    return (y + d.float()[:, None] * x.float()).to(x.dtype)


def _kernel() -> Kernel:
    from inference_server.ops.mamba.ssd_kernel import chunk_scan

    return chunk_scan


@on_cuda(_kernel)
def chunk_scan(
    x: Tensor,
    dt: Tensor,
    b: Tensor,
    c: Tensor,
    recurrence: Recurrence,
    *,
    bounds: Tensor,
    states: SlotStates,
    chunk_size: int,
    y: Tensor,
) -> None:
    """Scans the chunks of S sequences. Writes y and, in place, the states.

    x [T, H, P], dt [T, H] as projected, b and c [T, G, N], bounds [S + 1] of the chunks among the
    T, states of shape [H, P, N] each -> y [T, H, P]. An empty chunk leaves its state as it is. The
    kernel has a chunk size of its own.
    """
    lengths, states = states.without_empty(bounds)
    scanned, final = ssd_scan(
        x,
        recurrence.time_steps(dt),
        recurrence.a,
        b,
        c,
        recurrence.d,
        lengths=lengths,
        states=states.read(),
        chunk_size=chunk_size,
    )
    y.copy_(scanned)
    states.write(final)


def _num_chunks(lengths: Sequence[int], chunk_size: int) -> list[int]:
    return [-(-length // chunk_size) for length in lengths]


def _to_grid(packed: Tensor, lengths: Sequence[int], chunk_size: int) -> Tensor:
    """[T, ...] -> [M, Q, ...], each sequence padded with zeros to whole chunks."""
    spare = (-length % chunk_size for length in lengths)
    pieces = zip(packed.split(list(lengths)), spare, strict=True)
    no_padding = (0, 0) * (packed.dim() - 1)
    filled = torch.cat([pad(piece, (*no_padding, 0, rows)) for piece, rows in pieces])
    return filled.unflatten(0, (-1, chunk_size))


def _from_grid(grid: Tensor, lengths: Sequence[int], chunk_size: int) -> Tensor:
    """[M, Q, ...] -> [T, ...], the inverse of _to_grid."""
    pieces = grid.split(_num_chunks(lengths, chunk_size))
    return torch.cat(
        [piece.flatten(0, 1)[:length] for piece, length in zip(pieces, lengths, strict=True)]
    )


def _by_group(grid: Tensor, groups: int) -> Tensor:
    """[M, Q, H, ...] -> [M, G, E, Q, ...]"""
    return grid.transpose(1, 2).unflatten(1, (groups, -1))


def _scan_grid(grid: Sequence[Tensor], a: Tensor, carry: Carry) -> tuple[Tensor, Tensor]:
    """x [M, Q, H, P], dt [M, Q, H], b and c [M, Q, G, N] -> y [M, Q, H, P], final states"""
    x, dt, b, c = grid
    groups = b.shape[2]
    # Padding has dt = 0: it neither decays nor feeds a state.
    log_decay = (dt * a.float()).cumsum(1)  # [M, Q, H]
    fed = _by_group(x * dt.unsqueeze(-1), groups)  # [M, G, E, Q, P]
    b, c = b.transpose(1, 2), c.transpose(1, 2)  # [M, G, Q, N]
    log_decay = _by_group(log_decay.unsqueeze(-1), groups).squeeze(-1)  # [M, G, E, Q]

    within = _attend(log_decay, fed, b, c)
    entering, final = carry(*_chunk_states(log_decay, fed, b))
    across = log_decay.exp().unsqueeze(-1) * torch.einsum(
        "mgepn,mgqn->mgeqp", entering.unflatten(1, (groups, -1)), c
    )
    return (within + across).flatten(1, 2).transpose(1, 2), final


def _attend(log_decay: Tensor, fed: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """The outputs due to the tokens of the same chunk, up to and including each token."""
    scores = c @ b.transpose(-1, -2)  # [M, G, Q, Q]
    return (scores.unsqueeze(2) * _decay(log_decay)) @ fed


def _chunk_states(log_decay: Tensor, fed: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The state that each chunk adds [M, H, P, N], and the log of the decay over it [M, H]."""
    to_end = (log_decay[..., -1:] - log_decay).exp().unsqueeze(-1)
    own = torch.einsum("mgeqp,mgqn->mgepn", to_end * fed, b)
    return own.flatten(1, 2), log_decay[..., -1].flatten(1, 2)


def _carry(
    own: Tensor, log_decay: Tensor, states: Tensor, num_chunks: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """The state that enters each chunk [M, H, P, N], and the last of each sequence [S, H, P, N]."""
    by_sequence = (t.split(list(num_chunks)) for t in (own, log_decay))
    pieces = zip(*by_sequence, states.split(1), strict=True)
    entering, final = zip(*(_carry_alike(*piece) for piece in pieces), strict=True)
    return torch.cat(entering), torch.cat(final)


def _carry_alike(own: Tensor, log_decay: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
    """_carry for sequences of equally many chunks: a masked product, as within a chunk."""
    fed = torch.cat([states.unsqueeze(1), own.unflatten(0, (len(states), -1))], dim=1)
    log_decay = log_decay.unflatten(0, (len(states), -1)).cumsum(1)
    decay = _decay(pad(log_decay, (0, 0, 1, 0)).transpose(1, 2))  # [S, H, 1 + chunks, 1 + chunks]
    carried = torch.einsum("shij,sjhpn->sihpn", decay, fed)
    return carried[:, :-1].flatten(0, 1), carried[:, -1]


def _decay(log_decay: Tensor) -> Tensor:
    """Summed logarithms [..., Q] -> the share of an input at j that is left at i [..., i, j]"""
    size = log_decay.shape[-1]
    elapsed = log_decay.unsqueeze(-1) - log_decay.unsqueeze(-2)
    future = torch.ones(size, size, dtype=torch.bool, device=elapsed.device).triu(1)
    return elapsed.masked_fill(future, -torch.inf).exp()
