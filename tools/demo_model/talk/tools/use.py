"""One use of a tool: what is asked, called, returned and answered."""

from dataclasses import dataclass
from typing import Any

from tools.demo_model.talk.tools.schema import Tool


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

    @property
    def name(self) -> str:
        return name_of(self.tool)

    @property
    def call(self) -> dict[str, Any]:
        """The call as a message has it."""
        return {"type": "function", "function": {"name": self.name, "arguments": self.arguments}}


def name_of(tool: Tool) -> str:
    return tool["function"]["name"]
