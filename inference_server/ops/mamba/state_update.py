"""One step of the state-space recurrence: the scan of ops/ssd.py for a single token."""

import torch
from torch import Tensor

from inference_server.ops.mamba.recurrence import Recurrence
from inference_server.ops.slots import read_slots, write_slots


def state_update(
    x: Tensor,
    dt: Tensor,
    b: Tensor,
    c: Tensor,
    recurrence: Recurrence,
    *,
    states: Tensor,
    slots: Tensor,
    num_computed: Tensor,
    y: Tensor,
) -> None:
    """One token of each of R sequences, in float32. Writes y and, in place, the states.

    x [R, H, P], dt [R, H] as projected, b and c [R, G, N], states [num_slots, H, P, N],
    slots [R], num_computed [R] -> y [R, H, P]. Slot 0 is nobody's, and need not be written.
    """
    given = {"states": states, "slots": slots, "num_computed": num_computed, "y": y}
    if x.is_cuda:
        from inference_server.ops.mamba.state_update_kernel import state_update as on_cuda

        return on_cuda(x, dt, b, c, recurrence, **given)
    return state_update_reference(x, dt, b, c, recurrence, **given)


def state_update_reference(
    x: Tensor,
    dt: Tensor,
    b: Tensor,
    c: Tensor,
    recurrence: Recurrence,
    *,
    states: Tensor,
    slots: Tensor,
    num_computed: Tensor,
    y: Tensor,
) -> None:
    """What state_update is to compute."""
    heads_per_group = x.shape[1] // b.shape[1]
    b, c = (t.float().repeat_interleave(heads_per_group, dim=1) for t in (b, c))
    dt = recurrence.time_steps(dt)
    decay = torch.exp(dt * recurrence.a)[..., None, None]
    fed = (dt[..., None] * x.float())[..., None] * b.unsqueeze(2)
    new = decay * read_slots(states, slots, num_computed).float() + fed
    y.copy_((new @ c.unsqueeze(-1)).squeeze(-1) + recurrence.d.float()[:, None] * x.float())
    write_slots(states, slots, new)
