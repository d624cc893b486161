"""The mock engine's reply to a prompt: thoughts if they were asked for, then calls or a caption."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from inference_server.engine.mock.caption import write_caption
from inference_server.engine.mock.conversation import read_conversation
from inference_server.engine.mock.tool_calls import write_calls
from inference_server.engine.types import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Texts as the model would write them. The thoughts are empty, or end with their own end."""

    thoughts: str
    answer: str


def write_reply(prompt: Prompt, decode: Callable[[Iterable[int]], str]) -> Reply:
    """The same for the same prompt. After the result of a tool it is a caption again."""
    conversation = read_conversation(prompt, decode)
    thoughts = ""
    if conversation.is_thinking:
        thoughts = f"There are {len(prompt)} tokens to think about.\n</think>\n\n"
    answer = write_calls(conversation.tools, conversation.wish) or write_caption(prompt)
    return Reply(thoughts=thoughts, answer=answer)
