import pytest
import torch
from torch import Tensor

from inference_server.engine.execution.cuda_graphs import CudaCapture
from inference_server.ops import overlap_kernel as overlap
from inference_server.ops.linear.activation_kernel import squared_relu
from inference_server.ops.linear.skinny_matmul_kernel import linear
from inference_server.ops.mamba.recurrence import Recurrence
from inference_server.ops.mamba.state_update_kernel import state_update
from inference_server.ops.norms.norm_kernel import add_rms_norm
from inference_server.ops.overlap_kernel import overlapped
from inference_server.ops.slots import SlotStates


def test_cpu_kernels_do_not_overlap() -> None:
    assert overlapped(torch.empty(1)) == {"IS_OVERLAPPED": False}


@pytest.mark.gpu
def test_kernels_overlap_on_gpus_that_support_it() -> None:
    is_able = torch.cuda.get_device_capability() >= (9, 0)
    options = overlapped(torch.empty(1, device="cuda"))
    assert options == (
        {"IS_OVERLAPPED": True, "launch_pdl": True} if is_able else {"IS_OVERLAPPED": False}
    )


@pytest.mark.gpu
@pytest.mark.parametrize("num_rows", [1, 64])
def test_a_chain_of_kernels_reads_what_those_before_wrote(
    num_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replays one graph many times, whose buffers are overwritten while others are read."""
    width, depth = 2048, 40
    heads, head_size, state_size = 16, 64, 32
    slots = torch.arange(1, num_rows + 1, device="cuda")
    num_computed = torch.ones(num_rows, dtype=torch.int32, device="cuda")
    states = torch.randn(depth, num_rows + 1, heads, head_size, state_size, device="cuda")
    kept = states.clone()
    recurrence = Recurrence(
        a_log=torch.zeros(heads, device="cuda"),
        d=torch.ones(heads, device="cuda"),
        dt_bias=torch.zeros(heads, device="cuda"),
        time_step_limit=(0.0, float("inf")),
    )
    weights = [torch.randn(width, width, device="cuda").bfloat16() / 30 for _ in range(2 * depth)]
    scale = torch.ones(width, device="cuda", dtype=torch.bfloat16)
    first = torch.randn(num_rows, width, device="cuda", dtype=torch.bfloat16)

    def chain() -> Tensor:
        x, residual = torch.zeros_like(first), first
        for layer, (up, down) in enumerate(zip(weights[::2], weights[1::2], strict=True)):
            normed, residual = add_rms_norm(x, residual, scale, 1e-5)
            projected = squared_relu(linear(normed, up))
            inner, b, c, dt = projected.split([heads * head_size, state_size, state_size, 960], 1)
            mixed = torch.empty(num_rows, heads, head_size, device="cuda", dtype=first.dtype)
            state_update(
                inner.unflatten(1, (heads, -1)),
                dt[:, :heads],
                b[:, None],
                c[:, None],
                recurrence,
                states=SlotStates(states[layer], slots, num_computed),
                y=mixed,
            )
            x = linear(torch.cat([mixed.flatten(1), projected[:, 1024:]], 1), down)
        return residual + x

    made = torch.empty_like(first)

    def work() -> None:
        states.copy_(kept)
        made.copy_(chain())

    with torch.inference_mode():
        replay = CudaCapture()(work)
        with monkeypatch.context() as patch:
            patch.setattr(overlap, "_can_overlap", lambda device: False)
            states.copy_(kept)
            expected = chain()
        assert expected.isfinite().all()
        for _ in range(50):
            made.fill_(torch.nan)
            replay()
            assert torch.equal(made, expected)
