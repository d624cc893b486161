import pytest
import torch
from torch.nn import functional

from inference_server.ops.linear.linear import linear
from tests.inference_server.relative_error import relative_error


@pytest.mark.parametrize("shape", [(3, 40), (2, 5, 40), (0, 40)])
def test_is_the_product(shape: tuple[int, ...]) -> None:
    x, weight = torch.randn(shape), torch.randn(24, 40)
    assert torch.equal(linear(x, weight), functional.linear(x, weight))


@pytest.mark.gpu
@pytest.mark.parametrize(
    ("shape", "is_by_kernel"),
    [
        ((1, 512), True),
        ((64, 512), True),
        ((65, 512), False),
        ((0, 512), False),
        ((2, 3, 512), False),
        ((2, 200), False),
    ],
)
def test_few_rows_go_through_the_kernel(
    shape: tuple[int, ...], is_by_kernel: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = []
    kernel = linear.kernel
    monkeypatch.setattr(linear, "kernel", lambda *given: called.append(1) or kernel(*given))
    x = torch.randn(shape, device="cuda", dtype=torch.bfloat16)
    weight = torch.randn(96, shape[-1], device="cuda", dtype=torch.bfloat16)
    with torch.no_grad():
        y = linear(x, weight)
        assert bool(called) == is_by_kernel
        if len(x):
            assert relative_error(y, x.double() @ weight.double().t()) < 5e-3
        assert linear(x.float(), weight.float()).shape == y.shape
        every_other = torch.randn(512, 2 * shape[-1], device="cuda", dtype=torch.bfloat16)[:, ::2]
        assert linear(every_other[:1], weight).shape == (1, 96)
    assert len(called) == int(is_by_kernel)


@pytest.mark.gpu
def test_gradients_flow() -> None:
    x = torch.randn(4, 512, device="cuda", dtype=torch.bfloat16)
    weight = torch.randn(96, 512, device="cuda", dtype=torch.bfloat16, requires_grad=True)
    linear(x, weight).sum().backward()
    assert weight.grad is not None
    assert relative_error(weight.grad, x.sum(0).expand(96, 512).double()) < 1e-2
