import pytest
import torch
from torch import Tensor

from inference_server.ops.linear.activation import linear_gelu
from tests.inference_server.relative_error import relative_error


def draw(dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """Rows in two dimensions, a weight and a bias, so that sums are of about 1 or more."""
    x, weight, bias = torch.randn(3, 50, 64), torch.randn(96, 64) / 8, torch.randn(96)
    return x.to("cuda", dtype), weight.to("cuda", dtype), bias.to("cuda", dtype)


@pytest.mark.gpu
@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-5), (torch.bfloat16, 3e-3)])
def test_gelu_of_a_product_is_the_reference(dtype: torch.dtype, bound: float) -> None:
    given = draw(dtype)
    expected = linear_gelu.reference(*(tensor.double() for tensor in given))
    with torch.inference_mode():
        y = linear_gelu(*given)
    assert y.shape == expected.shape
    assert relative_error(y, expected) < bound


@pytest.mark.gpu
def test_gradients_are_those_of_the_exact_form() -> None:
    x, weight, bias = draw(torch.bfloat16)
    x.requires_grad_()
    linear_gelu(x, weight, bias).sum().backward()
    (expected,) = torch.autograd.grad(linear_gelu.reference(x, weight, bias).sum(), x)
    assert x.grad is not None
    torch.testing.assert_close(x.grad, expected)
