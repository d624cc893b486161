import torch

from inference_server.ops.norms.gated_norm import gated_group_norm


def test_gate_comes_before_the_norm_of_each_group() -> None:
    x, gate = torch.randn(3, 8), torch.randn(3, 8)
    weight = torch.randn(8)
    y = gated_group_norm(x, gate, weight, num_groups=2, eps=1e-5)
    gated = x * gate * torch.sigmoid(gate)
    for group in (slice(0, 4), slice(4, 8)):
        size = (gated[:, group].square().mean(-1, keepdim=True) + 1e-5).sqrt()
        torch.testing.assert_close(y[:, group], gated[:, group] / size * weight[group])
