import pytest
import torch
from torch import Tensor

from inference_server.ops.quantized.fused_quantize import (
    quantize_gated_norm,
    quantize_rms_norm,
    quantize_squared_relu,
)
from inference_server.ops.quantized_rows import QuantizedRows

DTYPES = [torch.float32, torch.bfloat16]


def assert_near(found: QuantizedRows, expected: QuantizedRows) -> None:
    """Sums in another order may move a number to the next step of e4m3, but not farther."""
    assert found.dtype == expected.dtype
    assert torch.allclose(found.scales, expected.scales, rtol=1e-5)
    values, others = (rows.values.float() for rows in (found, expected))
    assert (values != others).float().mean() < 0.005
    assert ((values - others).abs() <= others.abs() / 7 + 2**-9).all()


@pytest.fixture(params=[None, 0.02], ids=["own", "given"])
def scale(request: pytest.FixtureRequest, device: torch.device) -> Tensor | None:
    return None if request.param is None else torch.tensor([request.param], device=device)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 64), (3, 300), (2, 20480)])
def test_squared_relu(
    shape: tuple[int, int], dtype: torch.dtype, scale: Tensor | None, device: torch.device
) -> None:
    x = torch.randn(shape, device=device).to(dtype)
    found = quantize_squared_relu.kernel(x, scale)
    assert_near(found, quantize_squared_relu.reference(x, scale))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("has_residual", [True, False])
@pytest.mark.parametrize("shape", [(1, 64), (3, 300), (2, 5120)])
def test_rms_norm(
    shape: tuple[int, int],
    has_residual: bool,
    dtype: torch.dtype,
    scale: Tensor | None,
    device: torch.device,
) -> None:
    x = torch.randn(shape, device=device).to(dtype)
    residual = 30 * torch.randn(shape, device=device).to(dtype) if has_residual else None
    weight = torch.randn(shape[1], device=device).to(dtype)
    found, total = quantize_rms_norm.kernel(x, residual, weight, eps=1e-5, scale=scale)
    expected, expected_total = quantize_rms_norm.reference(
        x, residual, weight, eps=1e-5, scale=scale
    )
    assert torch.equal(total, expected_total)
    assert_near(found, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("num_groups", "size"), [(2, 64), (3, 50), (8, 1280)])
def test_gated_norm(
    num_groups: int, size: int, dtype: torch.dtype, scale: Tensor | None, device: torch.device
) -> None:
    channels = num_groups * size
    x = torch.randn(3, channels, device=device).to(dtype)
    projected = torch.full((3, channels + 70), torch.nan, device=device, dtype=dtype)
    gate = projected[:, 16 : 16 + channels]
    gate.normal_()
    weight = torch.randn(channels, device=device).to(dtype)
    arguments = {"num_groups": num_groups, "eps": 1e-5, "scale": scale}
    found = quantize_gated_norm.kernel(x, gate, weight, **arguments)
    assert_near(found, quantize_gated_norm.reference(x, gate, weight, **arguments))


def test_neighbors_change_no_bit_of_a_row(device: torch.device) -> None:
    x, gate = torch.randn(2, 5, 128, device=device).bfloat16()
    weight = torch.ones(128, device=device).bfloat16()

    def quantize(x: Tensor, gate: Tensor) -> list[QuantizedRows]:
        normed, _ = quantize_rms_norm.kernel(x, gate, weight, eps=1e-5)
        return [normed, quantize_gated_norm.kernel(x, gate, weight, num_groups=2, eps=1e-5)]

    together = quantize(x, gate)
    for row in range(5):
        for alone, all_rows in zip(quantize(x[row:][:1], gate[row:][:1]), together, strict=True):
            assert torch.equal(alone.values.float()[0], all_rows.values.float()[row])
            assert torch.equal(alone.scales[0], all_rows.scales[row])
