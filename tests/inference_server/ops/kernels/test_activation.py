import pytest
import torch

from inference_server.ops.activation import gelu_reference, squared_relu_reference
from inference_server.ops.kernels.activation import gelu, squared_relu
from tests.inference_server.relative_error import relative_error


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(1, 1), (3, 2049), (2, 3, 100), (2, 4096)])
def test_kernel_is_the_reference(
    shape: tuple[int, ...], dtype: torch.dtype, device: torch.device
) -> None:
    x = torch.randn(shape, device=device).to(dtype)
    assert torch.equal(squared_relu(x), squared_relu_reference(x))


def test_what_is_no_number_does_not_turn_into_one(device: torch.device) -> None:
    x = torch.tensor([[torch.nan, torch.inf, -torch.inf, -0.0]], device=device)
    torch.testing.assert_close(squared_relu(x), squared_relu_reference(x), equal_nan=True)


@pytest.mark.parametrize("shape", [(1, 1), (3, 2049), (2, 3, 100)])
def test_gelu_is_the_exact_one_and_lies_where_its_input_was(
    shape: tuple[int, ...], device: torch.device
) -> None:
    x = 3 * torch.randn(shape, device=device)
    expected = gelu_reference(x.double())
    assert gelu(x) is x
    assert relative_error(x, expected) < 1e-5


def test_gelu_of_every_bfloat16_number_is_the_exact_one_rounded(device: torch.device) -> None:
    bits = torch.arange(-(2**15), 2**15, dtype=torch.int16, device=device)
    x = bits.view(torch.bfloat16)
    x = x[x.isfinite() & (x > -12)]
    # Not by 1 + erf, which loses what is small even in double precision.
    exact = x.double() * torch.special.erfc(x.double() * -(0.5**0.5)) / 2
    y = gelu(x.clone())
    torch.testing.assert_close(y.double(), exact, rtol=2**-8, atol=1e-37)
    assert (y == exact.bfloat16()).double().mean() > 0.99


def test_gelu_keeps_what_is_no_number_and_the_limits(device: torch.device) -> None:
    x = torch.tensor([torch.nan, torch.inf, -torch.inf, -100.0], device=device)
    expected = torch.tensor([torch.nan, torch.inf, 0.0, 0.0], device=device)
    torch.testing.assert_close(gelu(x), expected, equal_nan=True)
