"""Stands in for the capture of CUDA graphs."""

from inference_server.engine.execution.cuda_graphs import Work


class Recorder:
    """A capture that runs the work again at each replay, and counts the replays of each."""

    def __init__(self) -> None:
        self.num_replays: list[int] = []

    def __call__(self, work: Work) -> Work:
        work()
        index = len(self.num_replays)
        self.num_replays.append(0)

        def replay() -> None:
            self.num_replays[index] += 1
            work()

        return replay
