"""Sequences of one length take a shorter path with the same result."""

import pytest
import torch

from inference_server.ops.attention.paged_attention import fresh_attention
from inference_server.ops.mamba.conv1d import causal_conv1d, conv1d_alike
from inference_server.ops.mamba.ssd import scan_alike, ssd_scan

ALIKE = [12, 12, 12]


def test_attention_of_sequences_alike_equals_each_alone() -> None:
    q, k, v = torch.randn(36, 4, 8), torch.randn(36, 2, 8), torch.randn(36, 2, 8)
    together = fresh_attention(q, k, v, lengths=ALIKE)
    alone = [
        fresh_attention(*pieces, lengths=[12])
        for pieces in zip(*(t.split(ALIKE) for t in (q, k, v)), strict=True)
    ]
    torch.testing.assert_close(together, torch.cat(alone))


def test_convolution_by_shape_equals_that_by_lengths() -> None:
    u, weight, bias = torch.randn(3, 12, 6), torch.randn(6, 4), torch.randn(6)
    packed, _ = causal_conv1d(
        u.flatten(0, 1), weight, bias, lengths=ALIKE, states=torch.zeros(3, 3, 6)
    )
    torch.testing.assert_close(conv1d_alike(u, weight, bias).flatten(0, 1), packed)


@pytest.mark.parametrize("chunk_size", [4, 5, 16])
def test_scan_by_shape_equals_that_by_lengths(chunk_size: int) -> None:
    x, dt, a = torch.randn(3, 12, 4, 5), torch.rand(3, 12, 4), -torch.rand(4)
    b, c, d = torch.randn(3, 12, 2, 3), torch.randn(3, 12, 2, 3), torch.randn(4)
    packed, _ = ssd_scan(
        x.flatten(0, 1),
        dt.flatten(0, 1),
        a,
        b.flatten(0, 1),
        c.flatten(0, 1),
        d,
        lengths=ALIKE,
        states=torch.zeros(3, 4, 5, 3),
        chunk_size=3,
    )
    y = scan_alike(x, dt, a, b, c, d, chunk_size=chunk_size)
    torch.testing.assert_close(y.flatten(0, 1), packed)
