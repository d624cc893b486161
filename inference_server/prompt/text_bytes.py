"""Counts the text of a conversation: what its prompt costs before a token is known."""

from collections.abc import Iterator

from nemotron_vl.v1.inference_pb2 import Generation


def text_bytes(generation: Generation) -> int:
    """Bytes of UTF-8 in messages and tools."""
    return sum(len(text.encode()) for text in _texts(generation))


def _texts(generation: Generation) -> Iterator[str]:
    for message in generation.messages:
        yield message.tool_call_id
        for part in message.parts:
            yield part.text
        for call in message.tool_calls:
            yield from (call.id, call.name, call.arguments)
    for tool in generation.tools:
        yield from (tool.name, tool.description, tool.parameters_json_schema)
