"""What both ways to a server have in common: a question goes out, pieces of its answer come in."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from nemotron_vl.cli.bench.workload import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """How every question is to be answered."""

    max_tokens: int
    temperature: float
    ignore_eos: bool
    model: str | None = None
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Something that came: more of the answer, or how many tokens it took in all."""

    has_content: bool = False
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


# Sends a request when it is called. Iterating raises RequestFailed; closing gives the answer up.
Exchange: TypeAlias = Callable[[], AsyncGenerator[Piece]]


class RequestFailed(Exception):
    """A request that was refused or broke off. `kind` is short: errors are counted by it.

    `message` is the server's own, where it had one.
    """

    def __init__(self, kind: str, message: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.message = message


class Transport(Protocol):
    """A way to a server."""

    def prepare(self, question: Question) -> Exchange:
        """Encodes a question, so that sending it later costs no more than that."""
        ...

    async def close(self) -> None: ...
