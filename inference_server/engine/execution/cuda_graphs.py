"""Recording work of a fixed size once and replaying it: one launch instead of hundreds.

What a replay reads and writes stays where it was recorded.
"""

from collections.abc import Callable

import torch

Work = Callable[[], None]
# From work to what does it again; on a CPU that is the work itself.
Capture = Callable[[Work], Work]


class CudaCapture:
    """Records CUDA graphs on a stream of its own, all in one memory pool.

    Their inputs and outputs lie outside of it, so each may reuse what another worked with; to need
    the least, the largest come first.
    """

    def __init__(self) -> None:
        self._stream = torch.cuda.Stream()
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, work: Work) -> Work:
        """Works once, to compile and set up what is missing, and once more into the recording.

        The first replay, which takes the recording to the device, is queued here too.
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
