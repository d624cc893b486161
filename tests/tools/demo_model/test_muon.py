"""Muon's steps are torch's."""

import torch
from torch import Tensor

from tools.demo_model.muon import Muon

SHAPES = ((12, 20), (20, 12), (12, 20), (16, 16))


def make_matrices() -> list[Tensor]:
    generator = torch.Generator().manual_seed(3)
    return [torch.randn(*shape, generator=generator).requires_grad_() for shape in SHAPES]


def test_same_steps_as_torch() -> None:
    ours, theirs = make_matrices(), make_matrices()
    optimisers = (
        Muon(ours, lr=0.05, weight_decay=0.1),
        torch.optim.Muon(theirs, lr=0.05, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"),
    )
    for step in range(4):
        for matrices, optimiser in zip((ours, theirs), optimisers, strict=True):
            for index, matrix in enumerate(matrices):
                matrix.grad = torch.sin((index + step + 1) * matrix.detach())
            optimiser.step()
    for own, other, start in zip(ours, theirs, make_matrices(), strict=True):
        moved = (other - start).norm()
        # The iteration runs in bfloat16, and sums in another order.
        assert (own - other).norm() < 0.02 * moved


def test_goes_on_from_its_state() -> None:
    matrices = make_matrices()
    optimiser = Muon(matrices, lr=0.1, weight_decay=0.0)
    for matrix in matrices:
        matrix.grad = torch.ones_like(matrix)
    optimiser.step()
    copies = [matrix.detach().clone().requires_grad_() for matrix in matrices]
    later = Muon(copies, lr=0.1, weight_decay=0.0)
    later.load_state_dict(optimiser.state_dict())
    for same in (matrices, copies):
        for matrix in same:
            matrix.grad = torch.full_like(matrix, 0.5)
    optimiser.step()
    later.step()
    assert all(torch.equal(*pair) for pair in zip(matrices, copies, strict=True))


def test_what_has_no_gradient_stays() -> None:
    moved, still = make_matrices()[0], make_matrices()[0]
    start = still.detach().clone()
    moved.grad = torch.ones_like(moved)
    Muon([moved, still], lr=0.1, weight_decay=0.5).step()
    assert torch.equal(still, start)
    assert not torch.equal(moved, start)
