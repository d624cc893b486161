"""Lets a kernel begin while the one before it in its stream ends: programmatic dependent launch.

Between two kernels a GPU else stands still for about a microsecond, and while a kernel's last
programs end most of it does. A kernel that is launched so begins as soon as the one before has no
program left to begin. What earlier kernels write it may touch only after `wait`, and write nothing
that they read; before, it fetches what no kernel of the same step writes: weights, and its states.
Since each lets the next begin before it has waited itself, several may be under way at a time: what
keeps a step's from those of the step before is that a step begins with launches of the usual kind.
(CUDA programming guide, "Programmatic Dependent Launch and Synchronization".)
"""

from functools import cache

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.language.extra import cuda

_MIN_CAPABILITY = (9, 0)


def overlapped(x: Tensor) -> dict[str, bool]:
    """Options of a launch on the device of x, of a kernel that waits."""
    if x.is_cuda and _can_overlap(x.device):
        return {"IS_OVERLAPPED": True, "launch_pdl": True}
    return {"IS_OVERLAPPED": False}


@cache
def _can_overlap(device: torch.device) -> bool:
    return torch.cuda.get_device_capability(device) >= _MIN_CAPABILITY


@triton.jit
def let_next_begin(IS_OVERLAPPED: tl.constexpr):
    """Lets the next kernel begin once every program has said so, or has ended."""
    if IS_OVERLAPPED:
        cuda.gdc_launch_dependents()


@triton.jit
def wait(IS_OVERLAPPED: tl.constexpr):
    """Until all that came before in the stream has ended, and can be read."""
    if IS_OVERLAPPED:
        cuda.gdc_wait()


@triton.jit
def take_turn(IS_OVERLAPPED: tl.constexpr):
    """Lets the next kernel begin at once, and waits: for kernels that leave it room."""
    let_next_begin(IS_OVERLAPPED)
    wait(IS_OVERLAPPED)
