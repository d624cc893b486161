from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from inference_server.ops.kernels import few_rows
from inference_server.ops.kernels.few_rows import can_multiply, scaled_linear
from inference_server.ops.quantize import quantize_rows
from inference_server.ops.quantized_rows import QuantizedRows
from tests.inference_server.relative_error import relative_error


@pytest.fixture(params=[0, 264])
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for wide weights and for narrow ones."""
    monkeypatch.setattr(few_rows, "_MANY_PROGRAMS", request.param)


def numbers(*shape: int, device: torch.device) -> QuantizedRows:
    """Rows whose size varies from row to row, to be multiplied in bfloat16."""
    sizes = torch.logspace(-2, 2, shape[0], device=device)[:, None]
    return quantize_rows((torch.randn(shape, device=device) * sizes).bfloat16())


def exact(rows: QuantizedRows) -> Tensor:
    return rows.values.double() * rows.scales


def first(rows: QuantizedRows, num_rows: int) -> QuantizedRows:
    return QuantizedRows(rows.values[:num_rows], rows.scales[:num_rows], rows.dtype)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("num_channels", [64, 80])
@pytest.mark.parametrize("num_rows", [1, 7, 16, 17, 64])
def test_product_is_that_of_the_rounded_rows(
    num_rows: int, num_channels: int, device: torch.device
) -> None:
    x = numbers(num_rows, 1024, device=device)
    weight = numbers(num_channels, 1024, device=device)
    product = scaled_linear(x, weight.values, weight.scales.flatten())
    assert product.dtype == torch.bfloat16
    assert relative_error(product, exact(x) @ exact(weight).t()) < 1e-2


@pytest.mark.usefixtures("many")
def test_neighbours_change_no_bit_of_a_row(device: torch.device) -> None:
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


@pytest.mark.parametrize(
    ("num_rows", "num_columns", "shared_bytes", "is_for_it"),
    [
        (1, 5120, 227 * 1024, True),
        (64, 256, 227 * 1024, True),
        (0, 5120, 227 * 1024, False),
        (65, 5120, 227 * 1024, False),
        (1, 5248, 227 * 1024, False),
        (1, 5120, 99 * 1024, False),
    ],
)
def test_is_for_few_rows_of_whole_blocks_on_a_gpu_that_holds_them(
    num_rows: int,
    num_columns: int,
    shared_bytes: int,
    is_for_it: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gpu = SimpleNamespace(shared_memory_per_block_optin=shared_bytes)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: gpu)
    assert can_multiply(torch.empty(num_rows, num_columns)) == is_for_it
