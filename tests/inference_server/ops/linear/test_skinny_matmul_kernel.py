import pytest
import torch
from torch import Tensor

from inference_server.ops.linear import skinny_matmul
from inference_server.ops.linear.skinny_matmul import can_multiply
from inference_server.ops.linear.skinny_matmul_kernel import linear, scaled_linear
from inference_server.ops.quantized.quantize import quantize_rows
from inference_server.ops.quantized_rows import E4M3, QuantizedRows
from tests.inference_server.relative_error import relative_error


@pytest.fixture(params=[0, 264])
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Launches as for wide weights, and as for narrow ones."""
    monkeypatch.setattr(skinny_matmul, "_MANY_PROGRAMS", request.param)


def numbers(*shape: int, device: torch.device) -> QuantizedRows:
    """Quantized bfloat16 rows whose size varies from row to row."""
    sizes = torch.logspace(-2, 2, shape[0], device=device)[:, None]
    return quantize_rows((torch.randn(shape, device=device) * sizes).bfloat16())


def exact(rows: QuantizedRows) -> Tensor:
    return rows.values.double() * rows.scales


def first(rows: QuantizedRows, num_rows: int) -> QuantizedRows:
    return QuantizedRows(rows.values[:num_rows], rows.scales[:num_rows], rows.dtype)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("num_channels", [64, 80])
@pytest.mark.parametrize("num_rows", [1, 7, 16, 17, 64])
def test_product_is_that_of_the_quantized_rows(
    num_rows: int, num_channels: int, device: torch.device
) -> None:
    x = numbers(num_rows, 1024, device=device)
    weight = numbers(num_channels, 1024, device=device)
    product = scaled_linear(x, weight.values, weight.scales.flatten())
    assert product.dtype == torch.bfloat16
    assert relative_error(product, exact(x) @ exact(weight).t()) < 1e-2


@pytest.mark.usefixtures("many")
def test_neighbors_change_no_bit_of_a_row(device: torch.device) -> None:
    x = numbers(64, 512, device=device)
    weight = numbers(64, 512, device=device)
    scales = weight.scales.flatten()
    together = scaled_linear(x, weight.values, scales)
    for num_rows in (1, 2, 7):
        fewer = scaled_linear(first(x, num_rows), weight.values, scales)
        assert torch.equal(fewer, together[:num_rows])
    x.scales[1] = torch.nan
    x.values[2, 300] = 448.0
    beside = scaled_linear(x, weight.values, scales)
    assert torch.equal(beside[0], together[0])
    assert torch.equal(beside[3:], together[3:])
    assert beside[1].isnan().all()


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("num_channels", [64, 80])
@pytest.mark.parametrize("num_rows", [1, 7, 64])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_unscaled_product_is_rounded_once(
    num_rows: int, num_channels: int, dtype: torch.dtype, device: torch.device
) -> None:
    x = torch.randn(num_rows, 1024, device=device).to(dtype)
    weight = torch.randn(num_channels, 1024, device=device).to(dtype)
    product = linear(x, weight)
    assert product.dtype == dtype
    expected = x.double() @ weight.double().t()
    assert relative_error(product, expected) < torch.finfo(dtype).eps / 2


@pytest.mark.gpu
@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("num_columns", [1024, 20480])
def test_all_launches_add_up_in_one_order(num_columns: int) -> None:
    x = torch.randn(64, num_columns, device="cuda", dtype=torch.bfloat16)
    weight = torch.randn(320, num_columns, device="cuda", dtype=torch.bfloat16)
    rows, rounded = quantize_rows(x), quantize_rows(weight)
    scales = rounded.scales.flatten()
    product, scaled = linear(x, weight), scaled_linear(rows, rounded.values, scales)
    for num_rows in (1, 16, 17, 32, 33, 63):
        assert torch.equal(linear(x[:num_rows], weight), product[:num_rows])
        fewer = scaled_linear(first(rows, num_rows), rounded.values, scales)
        assert torch.equal(fewer, scaled[:num_rows])


@pytest.mark.parametrize(
    ("num_rows", "num_columns", "dtype", "shared_bytes", "is_taken"),
    [
        (1, 5120, E4M3, 227 * 1024, True),
        (64, 256, E4M3, 227 * 1024, True),
        (64, 128, torch.bfloat16, 227 * 1024, True),
        (0, 5120, E4M3, 227 * 1024, False),
        (65, 5120, E4M3, 227 * 1024, False),
        (1, 5248, E4M3, 227 * 1024, False),
        (1, 192, torch.bfloat16, 227 * 1024, False),
        (1, 5120, E4M3, 99 * 1024, False),
    ],
)
def test_takes_few_rows_of_whole_blocks_on_gpus_with_enough_memory(
    num_rows: int,
    num_columns: int,
    dtype: torch.dtype,
    shared_bytes: int,
    is_taken: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(skinny_matmul, "_shared_bytes", lambda device: shared_bytes)
    assert can_multiply(torch.empty(num_rows, num_columns, dtype=dtype)) == is_taken
