"""The outcome of one request."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from nemotron_vl.cli.bench.transport import Piece, RequestFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All times are from one clock. `arrivals_s` are the times of the events with content.

    A server may put several tokens into one event; it reports the number of tokens at the end.
    """

    start_s: float
    end_s: float
    arrivals_s: tuple[float, ...]
    prompt_tokens: int
    completion_tokens: int
    error: str | None = None
    message: str = ""

    @property
    def first_token_s(self) -> float | None:
        """From the start to the first content, if there was any."""
        return self.arrivals_s[0] - self.start_s if self.arrivals_s else None

    @property
    def inter_token_s(self) -> float | None:
        """Mean time per token after the first, if there is one."""
        if len(self.arrivals_s) < 2 or self.completion_tokens < 2:
            return None
        return (self.arrivals_s[-1] - self.arrivals_s[0]) / (self.completion_tokens - 1)

    @property
    def gaps_s(self) -> list[float]:
        """Times between events with content."""
        pairs = zip(self.arrivals_s, self.arrivals_s[1:], strict=False)
        return [after - before for before, after in pairs]


async def outcome_of(pieces: AsyncGenerator[Piece]) -> Outcome:
    """Reads an answer to the end and measures it."""
    arrivals_s: list[float] = []
    prompt_tokens = completion_tokens = 0
    error: str | None = None
    message = ""
    start_s = time.perf_counter()
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                if piece.has_content:
                    arrivals_s.append(time.perf_counter())
                prompt_tokens = piece.prompt_tokens or prompt_tokens
                completion_tokens = piece.completion_tokens or completion_tokens
    except RequestFailed as failure:
        error, message = failure.kind, failure.message
    return Outcome(
        start_s=start_s,
        end_s=time.perf_counter(),
        arrivals_s=tuple(arrivals_s),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        error=error,
        message=message,
    )
