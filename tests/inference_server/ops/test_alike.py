"""Sequences of one length take a shorter way; it leads to the same place."""

import torch

from inference_server.ops.attention import fresh_attention
from inference_server.ops.conv1d import causal_conv1d
from inference_server.ops.ssd import ssd_scan

ALIKE = [12, 12, 12]


def test_attention_of_sequences_alike_equals_each_alone() -> None:
    q, k, v = torch.randn(36, 4, 8), torch.randn(36, 2, 8), torch.randn(36, 2, 8)
    together = fresh_attention(q, k, v, lengths=ALIKE)
    alone = [
        fresh_attention(*pieces, lengths=[12])
        for pieces in zip(*(t.split(ALIKE) for t in (q, k, v)), strict=True)
    ]
    torch.testing.assert_close(together, torch.cat(alone))


def test_convolution_of_sequences_alike_equals_that_of_sequences_unlike() -> None:
    u, weight, bias = torch.randn(36, 6), torch.randn(6, 4), torch.randn(6)
    states = torch.randn(3, 3, 6)
    y, new_states = causal_conv1d(u, weight, bias, lengths=ALIKE, states=states)
    extra = (torch.cat([u, u[:1]]), torch.cat([states, states[:1]]))
    unlike = causal_conv1d(extra[0], weight, bias, lengths=[*ALIKE, 1], states=extra[1])
    torch.testing.assert_close(y, unlike[0][:36])
    torch.testing.assert_close(new_states, unlike[1][:3])


def test_scan_of_whole_chunks_equals_that_of_broken_ones() -> None:
    x, dt, a = torch.randn(36, 4, 5), torch.rand(36, 4), -torch.rand(4)
    b, c, d = torch.randn(36, 2, 3), torch.randn(36, 2, 3), torch.randn(4)
    states = torch.randn(3, 4, 5, 3)
    given = {"lengths": ALIKE, "states": states}
    whole = ssd_scan(x, dt, a, b, c, d, **given, chunk_size=4)
    broken = ssd_scan(x, dt, a, b, c, d, **given, chunk_size=5)
    torch.testing.assert_close(whole, broken)
