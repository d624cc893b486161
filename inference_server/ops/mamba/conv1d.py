"""The causal depthwise convolution of a Mamba mixer, and the SiLU after it.

    y[t] = silu(bias + sum over j < K of weight[j] * u[t - K + 1 + j])

where u before a sequence's first token in this step is its state: the last K - 1 inputs.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad, silu

from inference_server.ops.dispatch import Kernel, on_cuda
from inference_server.ops.slots import SlotStates


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
    # After a chunk shorter than the state, the state begins with the end of the old one.
    new_states = torch.stack([piece[len(piece) - history :] for piece in joined])
    # One pass over all sequences: rows that mix two of them are cut out afterwards.
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


def _chunk_kernel() -> Kernel:
    from inference_server.ops.mamba.conv1d_kernel import chunk_conv1d

    return chunk_conv1d


@on_cuda(_chunk_kernel)
def chunk_conv1d(
    u: Tensor, weight: Tensor, bias: Tensor, *, bounds: Tensor, states: SlotStates, y: Tensor
) -> None:
    """Convolves the chunks of S sequences. Writes y and, in place, the states.

    u [T, C], weight [C, K], bias [C], bounds [S + 1] of the chunks among the T, states of shape
    [K - 1, C] each -> y [T, C]. An empty chunk leaves its state as it is.
    """
    lengths, states = states.without_empty(bounds)
    convolved, new_states = causal_conv1d(u, weight, bias, lengths=lengths, states=states.read())
    y.copy_(convolved)
    states.write(new_states)


def _update_kernel() -> Kernel:
    from inference_server.ops.mamba.conv1d_kernel import conv1d_update

    return conv1d_update


@on_cuda(_update_kernel)
def conv1d_update(
    u: Tensor, weight: Tensor, bias: Tensor, *, states: SlotStates, y: Tensor
) -> None:
    """Convolves one token of each of R sequences. Writes y and, in place, the states.

    u [R, C], weight [C, K], bias [C], states of shape [K - 1, C] each -> y [R, C]
    """
    window = torch.cat([states.read().to(u.dtype), u.unsqueeze(1)], dim=1)
    convolved = (window.float() * weight.float().T).sum(1) + bias.float()
    y.copy_(silu(convolved.to(u.dtype)))
    states.write(window[:, 1:])


def _slide(u: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """u [..., T + K - 1, C] -> [..., T, C] in float32."""
    num_rows = u.shape[-2] - weight.shape[1] + 1
    y = bias.float().expand(num_rows, -1)
    for j, tap in enumerate(weight.float().unbind(1)):
        y = y + u[..., j : j + num_rows, :].float() * tap
    return y
