import pytest
import torch
from torch import Tensor
from torch.nn.functional import silu

from inference_server.ops.mamba.conv1d import (
    causal_conv1d,
    chunk_conv1d,
    conv1d_alike,
    conv1d_update,
)
from inference_server.ops.slots import SlotStates

CHANNELS, KERNEL = 5, 4


def make_weights() -> dict[str, Tensor]:
    random = torch.Generator().manual_seed(1)
    return {
        "weight": torch.randn(CHANNELS, KERNEL, generator=random),
        "bias": torch.randn(CHANNELS, generator=random),
    }


def make_inputs(num_tokens: int) -> Tensor:
    return torch.randn(num_tokens, CHANNELS, generator=torch.Generator().manual_seed(num_tokens))


def torch_conv(u: Tensor, past: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """torch's own convolution. u [T, C], past [K - 1, C] -> [T, C]"""
    row = torch.cat([past, u]).T[None]
    return silu(torch.conv1d(row, weight[:, None], bias, groups=CHANNELS)[0].T)


def test_packed_sequences_do_not_see_each_other() -> None:
    lengths, weights = (6, 1, 2, 9), make_weights()
    u, states = make_inputs(18), torch.randn(4, KERNEL - 1, CHANNELS)
    y, _ = causal_conv1d(u, **weights, lengths=lengths, states=states)
    expected = [
        torch_conv(piece, state, **weights)
        for piece, state in zip(u.split(lengths), states, strict=True)
    ]
    torch.testing.assert_close(y, torch.cat(expected))


@pytest.mark.parametrize("lengths", [(1,) * 9, (2,) * 4 + (1,), (1, 2, 3, 3), (8, 1), (3, 6)])
def test_chunks_make_the_whole(lengths: tuple[int, ...]) -> None:
    weights, u = make_weights(), make_inputs(9)
    states = torch.zeros(1, KERNEL - 1, CHANNELS)
    whole, final = causal_conv1d(u, **weights, lengths=(9,), states=states)
    outputs = []
    for piece in u.split(lengths):
        y, states = causal_conv1d(piece, **weights, lengths=(len(piece),), states=states)
        outputs.append(y)
    torch.testing.assert_close(torch.cat(outputs), whole)
    torch.testing.assert_close(states, final)


def test_state_after_a_short_chunk_keeps_the_end_of_its_history() -> None:
    states = torch.arange(3.0)[:, None].expand(1, 3, CHANNELS)
    u = torch.full((2, CHANNELS), 9.0)
    _, new = causal_conv1d(u, **make_weights(), lengths=(2,), states=states)
    assert new[0, :, 0].tolist() == [2, 9, 9]


SLOTS = torch.tensor([4, 1, 3])
NUM_COMPUTED = torch.tensor([7, 0, 2], dtype=torch.int32)


def make_pool() -> tuple[Tensor, Tensor]:
    """States in five slots, and those that the sequences in SLOTS read: zeros for a new one."""
    pool = torch.randn(5, KERNEL - 1, CHANNELS, generator=torch.Generator().manual_seed(2))
    past = pool[SLOTS]
    past[1] = 0
    pool[1] = torch.nan
    return pool, past


def test_chunks_go_from_their_slots_to_their_slots() -> None:
    lengths, weights, u = (1, 5, 2), make_weights(), make_inputs(8)
    pool, past = make_pool()
    others, y = pool[[0, 2]], torch.full_like(u, torch.nan)
    chunk_conv1d(
        u,
        **weights,
        bounds=torch.tensor([0, 1, 6, 8], dtype=torch.int32),
        states=SlotStates(pool, SLOTS, NUM_COMPUTED),
        y=y,
    )
    expected, states = causal_conv1d(u, **weights, lengths=lengths, states=past)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(pool[SLOTS], states)
    assert torch.equal(pool[[0, 2]], others)


def test_update_is_the_convolution_of_one_token() -> None:
    weights, u = make_weights(), make_inputs(3)
    pool, past = make_pool()
    others, y = pool[[0, 2]], torch.full_like(u, torch.nan)
    conv1d_update(u, **weights, states=SlotStates(pool, SLOTS, NUM_COMPUTED), y=y)
    expected, states = causal_conv1d(u, **weights, lengths=(1, 1, 1), states=past)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(pool[SLOTS], states)
    assert torch.equal(pool[[0, 2]], others)


def test_convolution_by_shape_equals_that_by_lengths() -> None:
    u, weight, bias = torch.randn(3, 12, 6), torch.randn(6, 4), torch.randn(6)
    packed, _ = causal_conv1d(
        u.flatten(0, 1), weight, bias, lengths=[12, 12, 12], states=torch.zeros(3, 3, 6)
    )
    torch.testing.assert_close(conv1d_alike(u, weight, bias).flatten(0, 1), packed)
