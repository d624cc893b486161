"""Copies arrays to the device and back without blocking, through pinned memory on CUDA."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

_ALIGNMENT = 16


def upload(arrays: Sequence[np.ndarray], device: torch.device) -> list[Tensor]:
    """Tensors on the device with the arrays' types and shapes. The arrays must not change later."""
    if device.type == "cpu":
        return [torch.from_numpy(np.require(array, requirements=["C", "W"])) for array in arrays]
    layout = Layout([(array.shape, array.dtype) for array in arrays])
    # The allocator reuses pinned memory only after the copies from it have finished.
    staged = torch.empty(layout.num_bytes, dtype=torch.uint8, pin_memory=True)
    for view, array in zip(layout.arrays(staged), arrays, strict=True):
        view[...] = array
    return layout.tensors(staged.to(device, non_blocking=True))


class Layout:
    """The places of several arrays in one buffer of bytes."""

    def __init__(self, fields: Sequence[tuple[tuple[int, ...], np.dtype]]) -> None:
        """fields are the arrays' shapes and types."""
        self._fields = fields
        sizes = [int(np.prod(shape)) * dtype.itemsize for shape, dtype in fields]
        aligned = (-(-size // _ALIGNMENT) * _ALIGNMENT for size in sizes)
        *starts, self.num_bytes = accumulate(aligned, initial=0)
        self._slices = [slice(start, start + n) for start, n in zip(starts, sizes, strict=True)]

    def arrays(self, buffer: Tensor) -> list[np.ndarray]:
        """The arrays in a buffer on the host, as views."""
        content = buffer.numpy()
        return [
            content[place].view(dtype).reshape(shape)
            for place, (shape, dtype) in zip(self._slices, self._fields, strict=True)
        ]

    def tensors(self, buffer: Tensor) -> list[Tensor]:
        """The arrays in a buffer on any device, as tensors that share its memory."""
        return [
            buffer[place].view(_torch_dtype(dtype)).view(shape)
            for place, (shape, dtype) in zip(self._slices, self._fields, strict=True)
        ]


class Inbox:
    """Tensors at fixed addresses, as CUDA graphs need, in a buffer that several inboxes share."""

    def __init__(self, layout: Layout, buffer: Tensor) -> None:
        self._layout = layout
        self._buffer = buffer[: layout.num_bytes]
        self.tensors = layout.tensors(self._buffer)

    def fill(self, arrays: Sequence[np.ndarray]) -> None:
        """Writes each array to the start of its tensor, zeros to the rest, in one copy."""
        is_pinned = self._buffer.is_cuda
        staged = torch.zeros(self._layout.num_bytes, dtype=torch.uint8, pin_memory=is_pinned)
        for view, array in zip(self._layout.arrays(staged), arrays, strict=True):
            view[tuple(slice(size) for size in array.shape)] = array
        self._buffer.copy_(staged, non_blocking=True)


class Download:
    """An asynchronous copy of tensors to the host."""

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
        """Waits for the copy and returns the tensors on the host."""
        if self._event is not None:
            self._event.synchronize()
        return self._tensors


def _torch_dtype(dtype: np.dtype) -> torch.dtype:
    return torch.from_numpy(np.empty(0, dtype)).dtype
