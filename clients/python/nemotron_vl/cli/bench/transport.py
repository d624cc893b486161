"""The interface of both transports: a question is sent, pieces of its answer are received."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from nemotron_vl.cli.bench.workload import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Options of every answer."""

    max_tokens: int
    ignore_eos: bool
    temperature: float | None = None
    model: str | None = None
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A received event: more of the answer, or its number of tokens."""

    has_content: bool = False
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


# Sends a request when it is called. Iterating may raise RequestFailed; closing cancels it.
Exchange: TypeAlias = Callable[[], AsyncGenerator[Piece]]


class RequestFailed(Exception):
    """A request was refused or interrupted. Errors are counted by `kind`, which is short.

    `message` is the server's, if it gave one.
    """

    def __init__(self, kind: str, message: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.message = message


class Transport(Protocol):
    """A transport to one server."""

    def prepare(self, question: Question) -> Exchange:
        """Encodes a question in advance, so that only sending it is measured."""
        ...

    async def close(self) -> None: ...
