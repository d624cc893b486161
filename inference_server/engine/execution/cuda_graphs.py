"""Captures work of a fixed shape as a CUDA graph: one launch instead of hundreds.

A replay reads and writes the same addresses as the captured run.
"""

from collections.abc import Callable

import torch

Work = Callable[[], None]
# Turns work into a function that repeats it; on a CPU, in tests, that is the work itself.
Capture = Callable[[Work], Work]


class CudaCapture:
    """Captures CUDA graphs on a stream of its own, all in one memory pool.

    Inputs and outputs lie outside the pool, so graphs can share its memory. Capturing the largest
    graph first needs the least of it.
    """

    def __init__(self) -> None:
        self._stream = torch.cuda.Stream()
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, work: Work) -> Work:
        """Runs the work once to compile what is missing, then captures it.

        Also queues the first replay, which uploads the graph to the device.
        """
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            work()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(
            graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"
        ):
            work()
        torch.cuda.current_stream().wait_stream(self._stream)
        graph.replay()
        return graph.replay
