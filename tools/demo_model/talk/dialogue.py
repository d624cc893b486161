"""Puts turns together to the messages of a conversation."""

from collections.abc import Sequence
from random import Random
from typing import Any

from tools.demo_model.tables import table
from tools.demo_model.talk.turn import Turn

Message = dict[str, Any]
Part = dict[str, Any]

_DIALOGUE = table("talk/dialogue")


def picture_parts(count: int) -> list[Part]:
    return [{"type": "image"} for _ in range(count)]


def video_part(timestamps_s: Sequence[float]) -> Part:
    return {"type": "video", "timestamps_s": list(timestamps_s)}


def converse(
    rng: Random, turns: Sequence[Turn], media: Sequence[Part] = (), *, is_thinking: bool = False
) -> list[Message]:
    """The media come with the first question."""
    messages = opening(rng, is_thinking=is_thinking)
    for index, turn in enumerate(turns):
        messages.append(asked_by_user(rng, turn.question, media if index == 0 else ()))
        thought = (turn.thought or _DIALOGUE["vague_thought"]) if is_thinking else ""
        messages.append(reasoned(thought, turn.answer))
    return messages


def opening(rng: Random, *, is_thinking: bool) -> list[Message]:
    """The system message, if there is one."""
    system = rng.choice(_DIALOGUE["think_systems" if is_thinking else "no_think_systems"])
    return [{"role": "system", "content": system}] if system else []


def asked_by_user(rng: Random, question: str, media: Sequence[Part] = ()) -> Message:
    if not media:
        return {"role": "user", "content": question}
    text: Part = {"type": "text", "text": question}
    content = [text, *media] if rng.random() < 0.5 else [*media, text]
    return {"role": "user", "content": content}


def reasoned(thought: str, answer: str) -> Message:
    """An answer with the reasoning before it, which later turns do not see again."""
    message: Message = {"role": "assistant", "content": answer}
    return message | {"reasoning": thought} if thought else message
