"""Overlapping a kernel with the end of the one before it: programmatic dependent launch.

Otherwise a GPU idles for about a microsecond between two kernels, and most of it idles while the
last programs of a kernel end. An overlapped kernel begins when all programs of the one before have
begun. Until `wait` returns it must not read what earlier kernels write nor write what they read; it
may load what no kernel of the same step writes: weights, and its own states. Since each kernel lets
the next begin before it has waited itself, several may run at a time. They cannot reach back into
the step before, because a step begins with launches without overlap.
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
    """The launch options of a kernel that calls `wait`, on the device of x."""
    if x.is_cuda and _can_overlap(x.device):
        return {"IS_OVERLAPPED": True, "launch_pdl": True}
    return {"IS_OVERLAPPED": False}


@cache
def _can_overlap(device: torch.device) -> bool:
    return torch.cuda.get_device_capability(device) >= _MIN_CAPABILITY


@triton.jit
def let_next_begin(IS_OVERLAPPED: tl.constexpr):
    """Lets the next kernel begin once every program has called this or has ended."""
    if IS_OVERLAPPED:
        cuda.gdc_launch_dependents()


@triton.jit
def wait(IS_OVERLAPPED: tl.constexpr):
    """Waits until all earlier kernels of the stream have ended and their results can be read."""
    if IS_OVERLAPPED:
        cuda.gdc_wait()


@triton.jit
def take_turn(IS_OVERLAPPED: tl.constexpr):
    """Lets the next kernel begin at once, then waits: for kernels that leave it space."""
    let_next_begin(IS_OVERLAPPED)
    wait(IS_OVERLAPPED)
