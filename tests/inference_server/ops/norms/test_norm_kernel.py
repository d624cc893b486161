from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from inference_server.ops.norms.norm import add_layer_norm, add_rms_norm

EPS = 1e-5
Norm = Callable[..., tuple[Tensor, Tensor]]
PAIRS = [(op.kernel, op.reference, n) for op, n in ((add_rms_norm, 1), (add_layer_norm, 2))]


def draw(*shape: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Rows of all sizes, none with a mean of zero."""
    sizes = torch.logspace(-3, 3, shape[0], device=device).view(-1, *[1] * (len(shape) - 1))
    return ((torch.randn(shape, device=device) + 0.5) * sizes).to(dtype)


@pytest.mark.parametrize(("kernel", "reference", "num_weights"), PAIRS)
@pytest.mark.parametrize("shape", [(1, 1), (3, 100), (2, 3, 1280), (2, 5120)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_kernel_is_the_reference(
    kernel: Norm,
    reference: Norm,
    num_weights: int,
    shape: tuple[int, ...],
    dtype: torch.dtype,
    device: torch.device,
) -> None:
    x, residual = (draw(*shape, device=device, dtype=dtype) for _ in range(2))
    weights = [torch.randn(shape[-1], device=device).to(dtype) for _ in range(num_weights)]
    normed, total = kernel(x, residual, *weights, EPS)
    assert torch.equal(total, x + residual)
    expected, _ = reference(total.double(), total.double() * 0, *(w.double() for w in weights), EPS)
    distance = (normed.double() - expected).norm() / expected.norm()
    # Rounding to bfloat16 alone changes a number by up to 2**-8 of it.
    assert distance < (1e-6 if dtype == torch.float32 else 4e-3)


@pytest.mark.parametrize(("kernel", "reference", "num_weights"), PAIRS)
def test_norm_is_of_the_rounded_sum_and_rounded_once(
    kernel: Norm, reference: Norm, num_weights: int, device: torch.device
) -> None:
    x, residual = (draw(9, 333, device=device, dtype=torch.bfloat16) for _ in range(2))
    weights = [torch.randn(333, device=device).bfloat16() for _ in range(num_weights)]
    normed, _ = kernel(x, residual, *weights, EPS)
    expected, _ = reference(x, residual, *weights, EPS)
    # With an unrounded sum, or rounded twice, every third number would be a bit off.
    assert (normed != expected).float().mean() < 1e-2


@pytest.mark.parametrize(("kernel", "reference", "num_weights"), PAIRS)
def test_neighbors_change_no_bit_of_a_row(
    kernel: Norm, reference: Norm, num_weights: int, device: torch.device
) -> None:
    x, residual = (draw(5, 200, device=device, dtype=torch.bfloat16) for _ in range(2))
    weights = [torch.randn(200, device=device).bfloat16() for _ in range(num_weights)]
    together, _ = kernel(x, residual, *weights, EPS)
    for row in range(len(x)):
        alone, _ = kernel(x[row : row + 1], residual[row : row + 1], *weights, EPS)
        assert torch.equal(alone[0], together[row])
