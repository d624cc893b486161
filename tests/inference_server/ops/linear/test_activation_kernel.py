import pytest
import torch

from inference_server.ops.linear.activation import squared_relu


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(1, 1), (3, 2049), (2, 3, 100), (2, 4096)])
def test_kernel_is_the_reference(
    shape: tuple[int, ...], dtype: torch.dtype, device: torch.device
) -> None:
    x = torch.randn(shape, device=device).to(dtype)
    assert torch.equal(squared_relu.kernel(x), squared_relu.reference(x))


def test_nan_stays_nan(device: torch.device) -> None:
    x = torch.tensor([[torch.nan, torch.inf, -torch.inf, -0.0]], device=device)
    torch.testing.assert_close(squared_relu.kernel(x), squared_relu.reference(x), equal_nan=True)
