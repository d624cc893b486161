import pytest
import torch

from inference_server.ops.quantized.quantize import quantize_rows, scaled_linear
from inference_server.ops.quantized_rows import E4M3, QuantizedRows
from tests.inference_server.relative_error import relative_error


def exact(rows: QuantizedRows) -> torch.Tensor:
    return rows.values.double() * rows.scales


def test_rows_come_back_within_half_a_step() -> None:
    x = torch.randn(20, 300) * torch.logspace(-6, 6, 20)[:, None]
    values, scales, _ = quantize_rows(x)
    assert values.dtype == E4M3
    error = (values.float() * scales - x).abs()
    # Three bits behind the leading one, and the smallest numbers share a step of 2^-9.
    assert (error <= x.abs() / 16 + scales * 2**-10).all()
    assert torch.equal(values.float().abs().amax(1), torch.full((20,), 448.0))


def test_numbers_beyond_a_given_scale_are_clipped_rather_than_lost() -> None:
    x = torch.tensor([[1000.0, -1000.0, 0.5]])
    values, scales, _ = quantize_rows(x, torch.tensor([1.0]))
    assert values.float().tolist() == [[448.0, -448.0, 0.5]]
    assert scales.tolist() == [[1.0]]


@pytest.mark.parametrize("shape", [(1, 64, 48), (5, 100, 33)])
def test_product_is_that_of_the_quantized_rows(shape: tuple[int, int, int]) -> None:
    num_rows, num_inputs, num_outputs = shape
    x, weight = torch.randn(num_rows, num_inputs), torch.randn(num_outputs, num_inputs)
    rows, weights = quantize_rows(x), quantize_rows(weight)
    product = scaled_linear(rows, weights.values, weights.scales.flatten())
    rounded = exact(rows) @ exact(weights).t()
    assert relative_error(product, rounded) < 1e-5
    # Rounding moves each factor by up to 1/16 of it.
    assert relative_error(product, x.double() @ weight.double().t()) < 2 / 16


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
@pytest.mark.parametrize("num_rows", [1, 2, 3, 7, 16, 17, 33, 64, 257, 2048])
@pytest.mark.parametrize("sizes", [(5120, 22656), (20480, 5120), (5120, 1024), (64, 328)])
def test_device_computes_the_product(
    num_rows: int, sizes: tuple[int, int], dtype: torch.dtype
) -> None:
    num_inputs, num_outputs = sizes
    x = torch.randn(num_rows, num_inputs, device="cuda", dtype=dtype)
    weight = torch.randn(num_outputs, num_inputs, device="cuda")
    rows, weights = quantize_rows(x), quantize_rows(weight)
    product = scaled_linear(rows, weights.values, weights.scales.flatten())
    assert product.dtype == dtype
    assert relative_error(product, exact(rows) @ exact(weights).t()) < 2e-2


@pytest.mark.gpu
@pytest.mark.parametrize("sizes", [(5120, 22656), (10240, 5120)])
def test_rows_of_a_small_batch_have_the_bits_they_have_alone(sizes: tuple[int, int]) -> None:
    num_inputs, num_outputs = sizes
    x = torch.randn(64, num_inputs, device="cuda", dtype=torch.bfloat16)
    weights = quantize_rows(torch.randn(num_outputs, num_inputs, device="cuda"))
    scales = weights.scales.flatten()
    together = scaled_linear(quantize_rows(x), weights.values, scales)
    for rows in (slice(1), slice(2), slice(16), slice(17), slice(40), slice(63, 64)):
        fewer = scaled_linear(quantize_rows(x[rows]), weights.values, scales)
        assert torch.equal(fewer, together[rows])


@pytest.mark.parametrize("name", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_no_rows_make_no_rows(name: str) -> None:
    x = quantize_rows(torch.empty(0, 64, dtype=torch.bfloat16, device=name))
    weight = quantize_rows(torch.randn(32, 64, device=name))
    product = scaled_linear(x, weight.values, weight.scales.flatten())
    assert product.shape == (0, 32)
    assert product.dtype == torch.bfloat16
