"""One step of the state-space recurrence: the scan of a single token."""

import torch
from torch import Tensor

from inference_server.ops.dispatch import Kernel, on_cuda
from inference_server.ops.mamba.recurrence import Recurrence
from inference_server.ops.slots import SlotStates


def _kernel() -> Kernel:
    from inference_server.ops.mamba.state_update_kernel import state_update

    return state_update


@on_cuda(_kernel)
def state_update(
    x: Tensor,
    dt: Tensor,
    b: Tensor,
    c: Tensor,
    recurrence: Recurrence,
    *,
    states: SlotStates,
    y: Tensor,
) -> None:
    """Adds one token to each of R sequences, in float32. Writes y and, in place, the states.

    x [R, H, P], dt [R, H] as projected, b and c [R, G, N], states of shape [H, P, N] each
    -> y [R, H, P]. Slot 0, which padding rows share, need not be written.
    """
    heads_per_group = x.shape[1] // b.shape[1]
    b, c = (t.float().repeat_interleave(heads_per_group, dim=1) for t in (b, c))
    dt = recurrence.time_steps(dt)
    decay = torch.exp(dt * recurrence.a)[..., None, None]
    fed = (dt[..., None] * x.float())[..., None] * b.unsqueeze(2)
    new = decay * states.read().float() + fed
    y.copy_((new @ c.unsqueeze(-1)).squeeze(-1) + recurrence.d.float()[:, None] * x.float())
    states.write(new)
