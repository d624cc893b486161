import pytest
import torch
from torch import Tensor

from inference_server.ops.conv1d import causal_conv1d, conv1d_update

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
    """torch's own convolution. u [T, C], past [C, K - 1] -> [T, C]"""
    row = torch.cat([past, u.T], dim=1)[None]
    return torch.conv1d(row, weight[:, None], bias, groups=CHANNELS)[0].T


def test_packed_sequences_do_not_see_each_other() -> None:
    lengths, weights = (6, 1, 2, 9), make_weights()
    u, states = make_inputs(18), torch.randn(4, CHANNELS, KERNEL - 1)
    y, _ = causal_conv1d(u, **weights, lengths=lengths, states=states)
    expected = [
        torch_conv(piece, state, **weights)
        for piece, state in zip(u.split(lengths), states, strict=True)
    ]
    torch.testing.assert_close(y, torch.cat(expected))


@pytest.mark.parametrize("lengths", [(1,) * 9, (2,) * 4 + (1,), (1, 2, 3, 3), (8, 1), (3, 6)])
def test_chunks_make_the_whole(lengths: tuple[int, ...]) -> None:
    weights, u = make_weights(), make_inputs(9)
    states = torch.zeros(1, CHANNELS, KERNEL - 1)
    whole, final = causal_conv1d(u, **weights, lengths=(9,), states=states)
    outputs = []
    for piece in u.split(lengths):
        y, states = causal_conv1d(piece, **weights, lengths=(len(piece),), states=states)
        outputs.append(y)
    torch.testing.assert_close(torch.cat(outputs), whole)
    torch.testing.assert_close(states, final)


def test_state_after_a_short_chunk_keeps_the_end_of_its_history() -> None:
    states = torch.arange(3.0).expand(1, CHANNELS, 3)
    u = torch.full((2, CHANNELS), 9.0)
    _, new = causal_conv1d(u, **make_weights(), lengths=(2,), states=states)
    assert new[0, 0].tolist() == [2, 9, 9]


def test_update_is_the_convolution_of_one_token() -> None:
    weights, u = make_weights(), make_inputs(3)
    states = torch.randn(3, CHANNELS, KERNEL - 1)
    y, new = conv1d_update(u, **weights, states=states)
    expected, final = causal_conv1d(u, **weights, lengths=(1, 1, 1), states=states)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(new, final)
