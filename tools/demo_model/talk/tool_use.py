"""One use of a tool: what is asked, called, returned and answered."""

from dataclasses import dataclass
from typing import Any

Tool = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """A question, the call that it needs, what the tool returns, and the answer made of it.

    `purpose` tells tools apart that would do for each other; `expected` stands in the call.
    """

    question: str
    purpose: str
    tool: Tool
    arguments: dict[str, Any]
    response: str
    answer: str
    expected: str
