"""Gives a sample's messages as the contract's, so that training reads the prompts of serving."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.json_format import ParseDict
from nemotron_vl.v1.inference_pb2 import Generation

from inference_server.checkpoint.config import ModelConfig
from inference_server.media.decoded import Decoded, DecodedImage, DecodedVideo
from inference_server.media.grid import Tiling
from inference_server.prompt.build import PromptBuilder
from inference_server.prompt.tokenizer import Tokenizer
from tools.demo_model.sample import Sample


def load_prompt_builder(checkpoint: Path) -> tuple[Tokenizer, PromptBuilder]:
    """The checkpoint's tokenizer, and what builds its prompts."""
    config, tokenizer = ModelConfig.load(checkpoint), Tokenizer.load(checkpoint)
    names = ("tile_size", "tokens_per_tile", "max_tiles", "use_thumbnail")
    return tokenizer, PromptBuilder(tokenizer, Tiling(**{n: getattr(config, n) for n in names}))


def to_generation(sample: Sample, num_messages: int) -> Generation:
    """The request that the first num_messages messages make."""
    messages = [_message(message) for message in sample.messages[:num_messages]]
    tools = [_tool(tool.get("function", tool)) for tool in sample.tools]
    return ParseDict({"messages": messages, "tools": tools}, Generation())


def to_media(sample: Sample, num_messages: int) -> dict[str, Decoded]:
    """The decoded images and videos of these messages, by the paths that `media_parts` gives."""
    frames = iter(sample.images)
    media: dict[str, Decoded] = {}
    for path, part in _media_parts(sample.messages[:num_messages]):
        if part["type"] == "image":
            media[path] = DecodedImage(pixels=next(frames))
        else:
            timestamps = tuple(part["timestamps_s"])
            stack = np.stack([next(frames) for _ in timestamps])
            media[path] = DecodedVideo(frames=stack, timestamps_s=timestamps)
    return media


def answer_text(message: dict[str, Any]) -> str:
    """An assistant's message as the model writes it: reasoning closed, then text, then calls."""
    text = message.get("content") or ""
    if "reasoning" in message:
        text = f"{message['reasoning']}\n</think>\n\n{text}".rstrip()
    calls = ", ".join(
        f'{{"name": "{call["name"]}", "arguments": {call["arguments"]}}}'
        for call in _calls(message)
    )
    return f"{text}\n\n" * bool(text) + f"<TOOLCALL>[{calls}]</TOOLCALL>" if calls else text


def _media_parts(messages: Sequence[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for message_index, message in enumerate(messages):
        if isinstance(message["content"], list):
            for part_index, part in enumerate(message["content"]):
                if part["type"] != "text":
                    yield f"messages[{message_index}].parts[{part_index}]", part


def _calls(message: dict[str, Any]) -> list[dict[str, str]]:
    functions = [call["function"] for call in message.get("tool_calls", ())]
    return [
        {
            "name": function["name"],
            "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments),
        }
        for function in functions
        for arguments in [function["arguments"]]
    ]


def _message(message: dict[str, Any]) -> dict[str, Any]:
    content = message["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content or ()
    return {
        "role": f"ROLE_{message['role'].upper()}",
        "parts": [{part["type"]: part.get("text", {})} for part in parts],
        "toolCalls": _calls(message),
    }


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": tool["name"],
        "description": tool.get("description", ""),
        "parametersJsonSchema": json.dumps(tool.get("parameters", {})),
    }
