"""Inputs of the Mamba kernels: columns of one projection, and slots with stale states."""

from dataclasses import dataclass

import torch
from torch import Tensor

from inference_server.ops.mamba.recurrence import Recurrence
from inference_server.ops.slots import SlotStates


def make_bounds(lengths: tuple[int, ...], device: torch.device) -> Tensor:
    """The bounds of packed sequences of these lengths: each start, and the end."""
    return torch.tensor([0, *lengths], device=device).cumsum(0).int()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    num_heads: int
    head_size: int
    num_groups: int
    state_size: int
    # Every input starts at a multiple of it among the columns of the projection.
    alignment: int


# The 12B's own head and state, and a small one of odd sizes, whose addresses are odd too.
LARGE = Sizes(num_heads=2, head_size=80, num_groups=1, state_size=128, alignment=16)
SMALL = Sizes(num_heads=6, head_size=21, num_groups=3, state_size=20, alignment=3)


class Slots:
    """A pool of states [slots, ...] for sequences, of which every other one is new."""

    def __init__(
        self,
        shape: tuple[int, ...],
        num_sequences: int,
        *,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.pool = torch.randn(2 * num_sequences + 1, *shape).to(device, dtype)
        self.slots = (1 + torch.randperm(2 * num_sequences)[:num_sequences]).to(device)
        computed = torch.arange(num_sequences, dtype=torch.int32, device=device)
        self.num_computed = 5 * (computed % 2)
        stale = self.slots[self.num_computed == 0]
        self.pool[stale] = torch.inf
        self.pool[stale[::2]] = torch.nan

    def of(self, pool: Tensor, which: slice = slice(None)) -> SlotStates:
        """The states that an op takes, of these sequences, with another pool."""
        return SlotStates(pool, self.slots[which], self.num_computed[which])

    def untouched(self, states: Tensor, which: slice | Tensor = slice(None)) -> bool:
        """Whether all slots but those of `which` sequences still hold the pool's bits."""
        is_free = torch.ones(len(states), dtype=torch.bool, device=states.device)
        is_free[self.slots[which]] = False
        kept, old = (t[is_free].view(torch.uint8) for t in (states, self.pool))
        return torch.equal(kept, old)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanInputs:
    """The inputs of a recurrence in a step: dt as projected, all columns of one wide tensor."""

    x: Tensor
    dt: Tensor
    b: Tensor
    c: Tensor
    recurrence: Recurrence

    @classmethod
    def make(
        cls, sizes: Sizes, num_tokens: int, *, device: torch.device, dtype: torch.dtype
    ) -> "ScanInputs":
        group = sizes.num_groups * sizes.state_size
        heads, around = sizes.num_heads, sizes.alignment
        widths = [around, heads * sizes.head_size, group, group, heads, -heads % around]
        wide = torch.randn(num_tokens, sum(widths)).to(device, dtype)
        _, x, b, c, dt, _ = wide.split(widths, dim=-1)
        a_log, d, dt_bias = torch.randn(3, sizes.num_heads, device=device).unbind()
        return cls(
            x=x.unflatten(-1, (sizes.num_heads, -1)),
            # From 0.00005 to 5: steps that the rounding of 1 + exp(dt) would spoil, and large ones.
            dt=dt.mul_(3.0).sub_(1.0),
            b=b.unflatten(-1, (sizes.num_groups, -1)),
            c=c.unflatten(-1, (sizes.num_groups, -1)),
            recurrence=Recurrence(
                a_log=a_log, d=d, dt_bias=dt_bias, time_step_limit=(0.0, float("inf"))
            ),
        )

    def rows(self, which: slice) -> tuple[Tensor, Tensor, Tensor, Tensor, Recurrence]:
        """The first arguments of an op."""
        return self.x[which], self.dt[which], self.b[which], self.c[which], self.recurrence
