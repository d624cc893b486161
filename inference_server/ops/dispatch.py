"""Sends an op to its CUDA kernel.

An op is written as its reference: plain torch, differentiable, and what a CPU computes. `on_cuda`
sends CUDA tensors to a kernel with the same signature. Triton exists only where a GPU does, so the
kernel is imported when the first CUDA tensor arrives.
"""

from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

import torch


class OnDevice(Protocol):
    """A tensor, or a value made of tensors on one device."""

    @property
    def is_cuda(self) -> bool: ...


Kernel = Callable[..., Any]
X = TypeVar("X", bound=OnDevice)
P = ParamSpec("P")
R = TypeVar("R")


class Op(Generic[X, P, R]):
    """Computes by `kernel` where its first argument is on a GPU, else by `reference`."""

    __name__: str

    def __init__(
        self,
        reference: Callable[Concatenate[X, P], R],
        import_kernel: Callable[[], Kernel],
        when: Callable[..., bool] | None,
    ) -> None:
        self.reference = reference
        self._import_kernel = import_kernel
        self._when = when
        update_wrapper(self, reference)

    def __call__(self, x: X, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if x.is_cuda and (self._when is None or self._when(x, *args, **kwargs)):
            return self.kernel(x, *args, **kwargs)
        return self.reference(x, *args, **kwargs)

    @cached_property
    def kernel(self) -> Callable[Concatenate[X, P], R]:
        return self._import_kernel()


def on_cuda(
    import_kernel: Callable[[], Kernel], *, when: Callable[..., bool] | None = None
) -> Callable[[Callable[Concatenate[X, P], R]], Op[X, P, R]]:
    """Makes an op of its reference. `when` takes its arguments: whether the kernel serves them."""

    def make_op(reference: Callable[Concatenate[X, P], R]) -> Op[X, P, R]:
        return Op(reference, import_kernel, when)

    return make_op


def without_gradients(*_args: object, **_kwargs: object) -> bool:
    """The condition of kernels that have no backward pass."""
    return not torch.is_grad_enabled()
