"""The causal depthwise convolution of a Mamba mixer, over packed sequences and for one token.

    y[t] = bias + sum over j < K of weight[j] * u[t - K + 1 + j]

where u before a sequence's first token in this step is its state: the last K - 1 inputs before.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def causal_conv1d(
    u: Tensor, weight: Tensor, bias: Tensor, *, lengths: Sequence[int], states: Tensor
) -> tuple[Tensor, Tensor]:
    """Convolves S packed sequences.

    u [T, C], weight [C, K], bias [C], lengths of the sequences, states [S, C, K - 1]
    -> y [T, C] in the dtype of u, new states [S, C, K - 1]
    """
    history = weight.shape[1] - 1
    past = states.transpose(1, 2).to(u.dtype)
    if len(set(lengths)) == 1:
        rows = torch.cat([past, u.unflatten(0, (len(lengths), -1))], dim=1)
        y = _slide(rows, weight, bias).flatten(0, 1)
        return y.to(u.dtype), rows[:, rows.shape[1] - history :].transpose(1, 2)
    joined = [torch.cat(pair) for pair in zip(past, u.split(list(lengths)), strict=True)]
    # A chunk shorter than the state leaves the end of its history in front of itself.
    new_states = torch.stack([piece[len(piece) - history :] for piece in joined])
    # One pass over all: the first rows after a border mix two sequences and are cut out again.
    y = _slide(torch.cat(joined), weight, bias)
    bounds = [size for length in lengths for size in (length, history)][:-1]
    y = torch.cat(y.split(bounds)[::2])
    return y.to(u.dtype), new_states.transpose(1, 2)


def conv1d_update(
    u: Tensor, weight: Tensor, bias: Tensor, *, states: Tensor
) -> tuple[Tensor, Tensor]:
    """One token of each of R sequences.

    u [R, C], weight [C, K], bias [C], states [R, C, K - 1] -> y [R, C], new states [R, C, K - 1]
    """
    window = torch.cat([states.to(u.dtype), u.unsqueeze(-1)], dim=-1)
    y = (window.float() * weight.float()).sum(-1) + bias.float()
    return y.to(u.dtype), window[..., 1:]


def _slide(u: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """u [..., T + K - 1, C] -> [..., T, C] in float32."""
    num_rows = u.shape[-2] - weight.shape[1] + 1
    y = bias.float().expand(num_rows, -1)
    for j, tap in enumerate(weight.float().unbind(1)):
        y = y + u[..., j : j + num_rows, :].float() * tap
    return y
