"""Streams tensors from files to a device as fast as the disk or the page cache and the bus allow.

Threads read pieces of the files into a ring of buffers, which are pinned if the device is a GPU,
while the device copies the pieces read before. Every byte is read once.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle

import torch
from torch import Tensor

from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.stored_tensor import StoredTensor

_PIECE_BYTES = 16 * 2**20
_NUM_BUFFERS = 8


def stream_tensors(
    tensors: Iterable[StoredTensor], device: torch.device
) -> Iterator[tuple[StoredTensor, Tensor]]:
    """Yields each tensor in turn, on the device and in the dtype of its file.

    On a GPU the copy is queued on the current stream: use the tensor on that stream.
    """
    ring = cycle([_Buffer(device) for _ in range(_NUM_BUFFERS)])
    underway: deque[tuple[_Buffer, _Piece, Future[None]]] = deque()
    with ThreadPoolExecutor(_NUM_BUFFERS, thread_name_prefix="weights") as readers:
        for piece in _pieces(tensors, device):
            if len(underway) == _NUM_BUFFERS:
                yield from _deliver(*underway.popleft())
            buffer = next(ring)
            underway.append((buffer, piece, readers.submit(buffer.read, piece)))
        while underway:
            yield from _deliver(*underway.popleft())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Bytes of a stored tensor from `start` in its file, and the memory to write them to."""

    stored: StoredTensor
    start: int
    destination: Tensor
    # The whole tensor, if this is its last piece.
    completed: Tensor | None


class _Buffer:
    def __init__(self, device: torch.device) -> None:
        is_cuda = device.type == "cuda"
        self._bytes = torch.empty(_PIECE_BYTES, dtype=torch.uint8, pin_memory=is_cuda)
        self._copied = torch.cuda.Event() if is_cuda else None

    def read(self, piece: _Piece) -> None:
        """Fills the buffer from the file, after the device has copied what it held."""
        if self._copied is not None:
            self._copied.synchronize()
        view = self._bytes.numpy().data[: len(piece.destination)]
        with piece.stored.file.open("rb", buffering=0) as file:
            file.seek(piece.start)
            while view:
                num_read = file.readinto(view)
                if not num_read:
                    raise CheckpointError(f"{piece.stored.file} ends within {piece.stored.name}.")
                view = view[num_read:]

    def copy_to(self, destination: Tensor) -> None:
        destination.copy_(self._bytes[: len(destination)], non_blocking=True)
        if self._copied is not None:
            self._copied.record(torch.cuda.current_stream(destination.device))


def _pieces(tensors: Iterable[StoredTensor], device: torch.device) -> Iterator[_Piece]:
    for stored in tensors:
        whole = torch.empty(stored.shape, dtype=stored.dtype, device=device)
        raw = whole.view(-1).view(torch.uint8)
        for start in range(0, max(stored.num_bytes, 1), _PIECE_BYTES):
            end = start + _PIECE_BYTES
            yield _Piece(
                stored=stored,
                start=stored.start + start,
                destination=raw[start:end],
                completed=whole if end >= stored.num_bytes else None,
            )


def _deliver(
    buffer: _Buffer, piece: _Piece, reading: Future[None]
) -> Iterator[tuple[StoredTensor, Tensor]]:
    reading.result()
    buffer.copy_to(piece.destination)
    if piece.completed is not None:
        yield piece.stored, piece.completed
