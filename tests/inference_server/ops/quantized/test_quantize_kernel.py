import pytest
import torch
from torch import Tensor

from inference_server.ops.quantized.fused_quantize import quantize_squared_relu
from inference_server.ops.quantized.quantize import quantize_rows

SHAPES = [(1, 1), (3, 100), (2, 128), (5, 2561), (2, 20480)]
DTYPES = [torch.float32, torch.bfloat16, torch.float16]


def rows(*shape: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Rows whose size varies from row to row."""
    sizes = torch.logspace(-3, 3, shape[0], device=device)[:, None]
    return (torch.randn(shape, device=device) * sizes).to(dtype)


def assert_is_reference(x: Tensor, scale: Tensor | None = None) -> None:
    found, expected = quantize_rows.kernel(x, scale), quantize_rows.reference(x, scale)
    assert torch.equal(found.scales, expected.scales)
    assert torch.equal(found.values.float(), expected.values.float())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_kernel_is_the_reference(
    shape: tuple[int, int], dtype: torch.dtype, device: torch.device
) -> None:
    x = rows(*shape, device=device, dtype=dtype)
    assert_is_reference(x)
    assert_is_reference(x, torch.tensor([0.01], device=device))


def test_columns_of_a_wider_tensor_are_read_in_place(device: torch.device) -> None:
    wide = torch.full((4, 300), torch.nan, device=device, dtype=torch.bfloat16)
    inner = wide[:, 50:251]
    inner.copy_(rows(4, 201, device=device, dtype=torch.bfloat16))
    assert_is_reference(inner)


def test_row_of_zeros_stays_zero(device: torch.device) -> None:
    values, scales, _ = quantize_rows.kernel(torch.zeros(2, 64, device=device))
    assert not values.float().any()
    assert scales.isfinite().all()


def test_neighbors_change_no_bit_of_a_row(device: torch.device) -> None:
    x = torch.randn(9, 333, device=device).bfloat16()
    together = quantize_rows.kernel(x)
    for row in range(len(x)):
        alone = quantize_rows.kernel(x[row : row + 1])
        assert torch.equal(alone.values.float()[0], together.values.float()[row])
        assert torch.equal(alone.scales[0], together.scales[row])


def test_nan_stays_nan(device: torch.device) -> None:
    x = torch.ones(2, 64, device=device)
    x[0, 3] = torch.nan
    for op in (quantize_rows, quantize_squared_relu):
        values = op.kernel(x).values.float()
        assert values[0, 3].isnan()
        assert values[1].isfinite().all()
