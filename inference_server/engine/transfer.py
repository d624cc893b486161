"""Host to device and back without waiting: one copy each way, through pinned memory on CUDA."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

_ALIGNMENT = 16


def upload(arrays: Sequence[np.ndarray], device: torch.device) -> list[Tensor]:
    """Tensors on the device with the arrays' types and shapes. The arrays must not change after."""
    if device.type == "cpu":
        return [torch.from_numpy(np.require(array, requirements=["C", "W"])) for array in arrays]
    starts = np.cumsum([0] + [-(-array.nbytes // _ALIGNMENT) * _ALIGNMENT for array in arrays])
    staged = torch.empty(int(starts[-1]), dtype=torch.uint8, pin_memory=True)
    view = staged.numpy()
    for array, start in zip(arrays, starts, strict=False):
        view[start : start + array.nbytes] = array.reshape(-1).view(np.uint8)
    packed = staged.to(device, non_blocking=True)
    return [
        packed[start : start + array.nbytes].view(_torch_dtype(array)).view(array.shape)
        for array, start in zip(arrays, starts, strict=False)
    ]


class Download:
    """Tensors on their way to the host."""

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self._event: torch.cuda.Event | None = None
        if not any(tensor.is_cuda for tensor in tensors):
            self._tensors = list(tensors)
            return
        self._tensors = [
            torch.empty_like(tensor, device="cpu", pin_memory=True).copy_(tensor, non_blocking=True)
            for tensor in tensors
        ]
        self._event = torch.cuda.Event(blocking=True)
        self._event.record()

    def wait(self) -> list[Tensor]:
        """The tensors on the host, once they have arrived."""
        if self._event is not None:
            self._event.synchronize()
        return self._tensors


def _torch_dtype(array: np.ndarray) -> torch.dtype:
    return torch.from_numpy(np.empty(0, array.dtype)).dtype
