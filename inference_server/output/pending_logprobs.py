"""Keeps log probabilities until the text of their tokens is shown."""

from collections import deque

from nemotron_vl.v1.inference_pb2 import TokenLogprob


class PendingLogprobs:
    """Tokens in order, each with the position in the answer at which its text begins."""

    def __init__(self) -> None:
        self._entries: deque[tuple[int, TokenLogprob]] = deque()

    def add(self, start: int, entry: TokenLogprob) -> None:
        self._entries.append((start, entry))

    def take(self, num_shown: int, num_held: int) -> list[TokenLogprob]:
        """Those of which a part is among the characters shown; all if no character is held."""
        taken: list[TokenLogprob] = []
        while self._entries and (self._entries[0][0] < num_shown or not num_held):
            taken.append(self._entries.popleft()[1])
        return taken
