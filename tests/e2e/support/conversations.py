"""One conversation in both spellings: the contract's and OpenAI's."""

from collections.abc import Sequence
from typing import Any

from nemotron_vl import assistant, image, system, user
from nemotron_vl.v1 import content_pb2

from tests.e2e.support.images import data_url, image_file

# A role and its parts, texts and images.
Turn = tuple[str, Sequence[str | bytes]]
Conversation = Sequence[Turn]


def ask(question: str, *images: bytes) -> Conversation:
    return [("user", [question, *images])]


CONVERSATION_BY_NAME: dict[str, Conversation] = {
    "text": ask("Name three colours."),
    "image": ask("What is this?", image_file(1)),
    "two images": ask("What differs?", image_file(2), image_file(3, (100, 100), "JPEG")),
    "turns": [
        ("system", ["You are terse."]),
        ("user", ["What is this?", image_file(4)]),
        ("assistant", ["A boardwalk."]),
        ("user", ["And this?", image_file(5, (90, 90), "WEBP")]),
    ],
}


def as_contract(conversation: Conversation) -> list[content_pb2.Message]:
    return [_message(role, parts) for role, parts in conversation]


def as_openai(conversation: Conversation) -> list[Any]:
    return [
        {
            "role": role,
            "content": [
                {"type": "text", "text": part}
                if isinstance(part, str)
                else {"type": "image_url", "image_url": {"url": data_url(part)}}
                for part in parts
            ],
        }
        for role, parts in conversation
    ]


def _message(role: str, parts: Sequence[str | bytes]) -> content_pb2.Message:
    texts = [part for part in parts if isinstance(part, str)]
    match role:
        case "system":
            return system(*texts)
        case "assistant":
            return assistant(*texts)
        case _:
            return user(*(part if isinstance(part, str) else image(part) for part in parts))
