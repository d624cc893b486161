"""One step of the state-space recurrence: the scan of ops/ssd.py for a single token."""

import torch
from torch import Tensor


def state_update(
    x: Tensor, dt: Tensor, a: Tensor, b: Tensor, c: Tensor, d: Tensor, *, states: Tensor
) -> tuple[Tensor, Tensor]:
    """One token of each of R sequences, in float32.

    x [R, H, P], dt [R, H], a [H], b and c [R, G, N], d [H], states [R, H, P, N]
    -> y [R, H, P] in the dtype of x, new states [R, H, P, N]
    """
    heads_per_group = x.shape[1] // b.shape[1]
    b, c = (t.float().repeat_interleave(heads_per_group, dim=1) for t in (b, c))
    decay = torch.exp(dt * a)
    new = decay[..., None, None] * states + (dt[..., None] * x.float())[..., None] * b.unsqueeze(2)
    y = (new @ c.unsqueeze(-1)).squeeze(-1) + d.float()[:, None] * x.float()
    return y.to(x.dtype), new
