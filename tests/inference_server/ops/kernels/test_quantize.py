import pytest
import torch
from torch import Tensor

from inference_server.ops.kernels.quantize import quantize_rows
from inference_server.ops.quantize import E4M3, quantize_rows_reference

SHAPES = [(1, 1), (3, 100), (2, 128), (5, 2561), (2, 20480)]
DTYPES = [torch.float32, torch.bfloat16, torch.float16]


def exact_rows(*shape: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Rows of e4m3 numbers times a power of two: Triton's interpreter rounds others wrongly."""
    numbers = (100 * torch.randn(shape, device=device)).clamp(-448, 448).to(E4M3).float()
    numbers[:, -1] = 448
    powers = 2.0 ** torch.randint(-3, 4, (shape[0], 1), device=device)
    return (numbers * powers).to(dtype)


def assert_is_reference(x: Tensor, scale: Tensor | None = None) -> None:
    values, scales = quantize_rows(x, scale)
    expected, expected_scales = quantize_rows_reference(x, scale)
    assert torch.equal(scales, expected_scales)
    assert torch.equal(values.float(), expected.float())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_kernel_is_the_reference(
    shape: tuple[int, int], dtype: torch.dtype, device: torch.device
) -> None:
    x = exact_rows(*shape, device=device, dtype=dtype)
    assert_is_reference(x)
    values, scales = quantize_rows(x)
    assert torch.equal((values.float() * scales).to(dtype), x)


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [*SHAPES, (4096, 5120), (64, 10240)])
def test_device_rounds_as_the_reference(shape: tuple[int, int], dtype: torch.dtype) -> None:
    sizes = torch.logspace(-3, 3, shape[0], device="cuda")[:, None]
    x = (torch.randn(shape, device="cuda") * sizes).to(dtype)
    assert_is_reference(x)
    assert_is_reference(x, torch.tensor([0.01], device="cuda"))


def test_given_scale_holds_for_every_row_and_clips(device: torch.device) -> None:
    x = exact_rows(7, 200, device=device, dtype=torch.bfloat16)
    x[0] = 2
    scale = torch.tensor([0.125], device=device)
    assert_is_reference(x, scale)
    values, _ = quantize_rows(x, scale)
    assert values.float()[0].unique() == 16
    assert values.float()[1:, -1].unique() == 448


def test_columns_of_a_wider_tensor_are_read_in_place(device: torch.device) -> None:
    wide = torch.full((4, 300), torch.nan, device=device, dtype=torch.bfloat16)
    inner = wide[:, 50:251]
    inner.copy_(exact_rows(4, 201, device=device, dtype=torch.bfloat16))
    assert_is_reference(inner)


def test_row_of_zeros_stays_zero(device: torch.device) -> None:
    values, scales = quantize_rows(torch.zeros(2, 64, device=device))
    assert not values.float().any()
    assert scales.isfinite().all()


def test_neighbours_change_no_bit_of_a_row(device: torch.device) -> None:
    x = torch.randn(9, 333, device=device).bfloat16()
    together, scales = quantize_rows(x)
    for row in range(len(x)):
        alone, scale = quantize_rows(x[row : row + 1])
        assert torch.equal(alone.float()[0], together.float()[row])
        assert torch.equal(scale[0], scales[row])
