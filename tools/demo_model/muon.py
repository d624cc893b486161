"""Muon for many small matrices: those of one shape go through its iteration together.

The arithmetic is torch.optim.Muon's, which takes them one by one: for the 56 matrices of the demo
model some 1,600 launches of tiny kernels, a sixth of a training step. Here it launches a third.
"""

from collections import defaultdict
from collections.abc import Sequence
from math import sqrt

import torch
from torch import Tensor

# Of the iteration: https://kellerjordan.github.io/posts/muon
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_NUM_ITERATIONS = 5
_SMALLEST_NORM = 1e-7
_MOMENTUM = 0.95


class Muon(torch.optim.Optimizer):
    """Steps by orthogonalised momentum, with Nesterov's look ahead and decoupled weight decay.

    An update is scaled to the size of AdamW's (https://arxiv.org/abs/2502.16982, section 2.2), so
    that both can be given rates of one order.
    """

    def __init__(self, matrices: Sequence[Tensor], *, lr: float, weight_decay: float) -> None:
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Updates every matrix that has a gradient."""
        assert closure is None, "the gradients are taken as they are"
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for matrix in group["params"]:
                if matrix.grad is not None:
                    by_shape[matrix.shape].append(matrix)
            for (rows, columns), alike in by_shape.items():
                update = _orthogonalised(self._momentum(alike))
                kept_share = 1 - group["lr"] * group["weight_decay"]
                rate = group["lr"] * 0.2 * sqrt(max(rows, columns))
                for matrix, own in zip(alike, update, strict=True):
                    matrix.mul_(kept_share).add_(own, alpha=-rate)

    def _momentum(self, matrices: list[Tensor]) -> Tensor:
        """[n, rows, columns], kept for the next step and looked ahead from."""
        ahead: list[Tensor] = []
        for matrix in matrices:
            gradient, state = matrix.grad, self.state[matrix]
            assert gradient is not None
            if not state:
                state["momentum_buffer"] = torch.zeros_like(matrix)
            state["momentum_buffer"].lerp_(gradient, 1 - _MOMENTUM)
            ahead.append(gradient.lerp(state["momentum_buffer"], _MOMENTUM))
        return torch.stack(ahead)


def _orthogonalised(matrices: Tensor) -> Tensor:
    """[n, rows, columns] -> about the nearest of orthonormal rows or columns, in bfloat16."""
    if matrices.shape[1] > matrices.shape[2]:
        return _orthogonalised(matrices.mT).mT
    a, b, c = _COEFFICIENTS
    x = matrices.bfloat16()
    x = x / torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True).clamp(min=_SMALLEST_NORM)
    for _ in range(_NUM_ITERATIONS):
        gram = x @ x.mT
        gram = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, gram, x, beta=a)
    return x
