"""The causal depthwise convolution of a Mamba mixer, and the SiLU after it.

    y[t] = silu(bias + sum over j < K of weight[j] * u[t - K + 1 + j])

where u before a sequence's first token in this step is its state: the last K - 1 inputs before.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad, silu

from inference_server.ops.slots import read_slots, without_empty, write_slots


def causal_conv1d(
    u: Tensor, weight: Tensor, bias: Tensor, *, lengths: Sequence[int], states: Tensor
) -> tuple[Tensor, Tensor]:
    """Convolves S packed sequences; differentiable, and plain torch on every device.

    u [T, C], weight [C, K], bias [C], lengths of the sequences, states [S, K - 1, C]
    -> y [T, C] in the dtype of u, new states [S, K - 1, C]
    """
    history = weight.shape[1] - 1
    past = states.to(u.dtype)
    joined = [torch.cat(pair) for pair in zip(past, u.split(list(lengths)), strict=True)]
    # A chunk shorter than the state leaves the end of its history in front of itself.
    new_states = torch.stack([piece[len(piece) - history :] for piece in joined])
    # One pass over all: the first rows after a border mix two sequences and are cut out again.
    y = _slide(torch.cat(joined), weight, bias)
    bounds = [size for length in lengths for size in (length, history)][:-1]
    y = torch.cat(y.split(bounds)[::2])
    return silu(y.to(u.dtype)), new_states


def conv1d_alike(u: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolves whole sequences of one length; differentiable, and plain torch on every device.

    u [S, tokens, C], weight [C, K], bias [C] -> y [S, tokens, C] in the dtype of u
    """
    rows = pad(u, (0, 0, weight.shape[1] - 1, 0))
    return silu(_slide(rows, weight, bias).to(u.dtype))


def chunk_conv1d(
    u: Tensor,
    weight: Tensor,
    bias: Tensor,
    *,
    bounds: Tensor,
    states: Tensor,
    slots: Tensor,
    num_computed: Tensor,
    y: Tensor,
) -> None:
    """Convolves the chunks of S sequences. Writes y and, in place, the states.

    u [T, C], weight [C, K], bias [C], bounds [S + 1] of the chunks among the T, states
    [num_slots, K - 1, C], slots [S], num_computed [S] -> y [T, C]. An empty chunk leaves
    its state as it is.
    """
    given = {"states": states, "slots": slots, "num_computed": num_computed, "y": y}
    if u.is_cuda:
        from inference_server.ops.mamba.conv1d_kernel import chunk_conv1d as on_cuda

        return on_cuda(u, weight, bias, bounds=bounds, **given)
    return chunk_conv1d_reference(u, weight, bias, bounds=bounds, **given)


def chunk_conv1d_reference(
    u: Tensor,
    weight: Tensor,
    bias: Tensor,
    *,
    bounds: Tensor,
    states: Tensor,
    slots: Tensor,
    num_computed: Tensor,
    y: Tensor,
) -> None:
    """What chunk_conv1d is to compute."""
    lengths, slots, num_computed = without_empty(bounds, slots, num_computed)
    past = read_slots(states, slots, num_computed)
    convolved, new_states = causal_conv1d(u, weight, bias, lengths=lengths, states=past)
    y.copy_(convolved)
    write_slots(states, slots, new_states)


def conv1d_update(
    u: Tensor,
    weight: Tensor,
    bias: Tensor,
    *,
    states: Tensor,
    slots: Tensor,
    num_computed: Tensor,
    y: Tensor,
) -> None:
    """One token of each of R sequences. Writes y and, in place, the states.

    u [R, C], weight [C, K], bias [C], states [num_slots, K - 1, C], slots [R], num_computed [R]
    -> y [R, C]
    """
    given = {"states": states, "slots": slots, "num_computed": num_computed, "y": y}
    if u.is_cuda:
        from inference_server.ops.mamba.conv1d_kernel import conv1d_update as on_cuda

        return on_cuda(u, weight, bias, **given)
    return conv1d_update_reference(u, weight, bias, **given)


def conv1d_update_reference(
    u: Tensor,
    weight: Tensor,
    bias: Tensor,
    *,
    states: Tensor,
    slots: Tensor,
    num_computed: Tensor,
    y: Tensor,
) -> None:
    """What conv1d_update is to compute."""
    past = read_slots(states, slots, num_computed)
    window = torch.cat([past.to(u.dtype), u.unsqueeze(1)], dim=1)
    convolved = (window.float() * weight.float().T).sum(1) + bias.float()
    y.copy_(silu(convolved.to(u.dtype)))
    write_slots(states, slots, window[:, 1:])


def _slide(u: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """u [..., T + K - 1, C] -> [..., T, C] in float32."""
    num_rows = u.shape[-2] - weight.shape[1] + 1
    y = bias.float().expand(num_rows, -1)
    for j, tap in enumerate(weight.float().unbind(1)):
        y = y + u[..., j : j + num_rows, :].float() * tap
    return y
