"""An input, and the judgment of what the gateway answers to it."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

# How much of an input a report shows.
_SHOWN = 300

# The request is at fault, and not the load or the caller's speed.
_REFUSALS = frozenset({400, 403, 404, 405, 411, 413, 414, 415, 417, 422, 431, 501, 505})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A body to send. An error must name one of `params` or something inside of it.

    `name` says what is wrong; together with the generator's seed it reproduces the input. Where
    `params` is empty, nothing can be named. `may_pass` is for what the documentation permits, or
    leaves to a decoder.
    """

    name: str
    body: bytes
    params: tuple[str, ...]
    may_pass: bool = False


def json_case(name: str, body: object, *params: str, may_pass: bool = False) -> Case:
    """A case whose body is valid JSON."""
    return Case(name=name, body=json.dumps(body).encode(), params=params, may_pass=may_pass)


def fault(case: Case, status: int, answer: Any) -> str | None:
    """What is wrong with the answer, with all that reproduces it; None for nothing."""
    why = _fault(case, status, answer)
    return why and f"{case.name}: {why}\n    sent: {shown(case.body)}"


def shown(data: bytes) -> str:
    text = repr(data)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... of {len(data)} bytes"


def _fault(case: Case, status: int, answer: Any) -> str | None:
    if status == 200:
        return None if case.may_pass else f"was accepted: {str(answer)[:200]}"
    if why := form_fault(status, answer):
        return why
    param = answer["error"]["param"]
    if not names_one(param, case.params):
        return f"names {param} and not {case.params}: {answer['error']['message']}"
    return None


def form_fault(status: int, answer: Any) -> str | None:
    """What is wrong with the form of an error."""
    if status not in _REFUSALS:
        return f"status {status}: {str(answer)[:300]}"
    if not isinstance(answer, dict) or answer.keys() != {"error"}:
        return f"not in the OpenAI API's form: {str(answer)[:300]}"
    error = answer["error"]
    if error.keys() != {"message", "type", "param", "code"} or not error["message"]:
        return f"not in the OpenAI API's form: {str(error)[:300]}"
    if error["code"] not in (status, "context_length_exceeded"):
        return f"status {status}, but code {error['code']}"
    return None


def names_one(name: str | None, expected: Collection[str]) -> bool:
    """Whether the name is one of those expected, or of something inside of one."""
    if not expected:
        return True
    return name is not None and any(
        name == one or name.startswith((f"{one}.", f"{one}[")) for one in expected
    )
