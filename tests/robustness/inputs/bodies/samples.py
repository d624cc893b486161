"""Bodies that have every field somewhere, and small ones to change in one place."""

import io
from typing import Any

from PIL import Image

from tests.e2e.support.images import data_url

Body = dict[str, Any]


def _png() -> str:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    return data_url(file.getvalue())


PNG = _png()
_FILE = "data:video/mp4;base64,AAAA"


def body_of(*content: Any, **fields: Any) -> Body:
    return {"messages": [{"role": "user", "content": list(content)}], "max_tokens": 2} | fields


TEXT = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 2}
IMAGE = body_of({"type": "image_url", "image_url": {"url": PNG}})
FRAMES = body_of({"type": "video", "video": [PNG, PNG]})
# Refused by its bytes, if by nothing that is judged before.
FILE = body_of({"type": "video_url", "video_url": {"url": _FILE}})
TOOLS = TEXT | {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]}

_OPTIONS = {"fps": 1.0, "num_frames": 2, "do_sample_frames": True, "video_pruning_rate": 0.5}
_GUIDED = {"guided_json": {}, "guided_regex": "a", "guided_choice": ["a"], "guided_grammar": "a"}
_CALL = {"name": "f", "arguments": "{}"}

# Every field of the models. It asks for several things that exclude each other, which is judged
# after the types.
EVERYTHING: Body = {
    "model": "default",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                "bare",
                {"type": "text", "text": "a"},
                {"type": "refusal", "refusal": "a"},
                {"type": "image_url", "image_url": {"url": PNG}},
                {"type": "image", "image": {"url": PNG}},
                {"type": "video_url", "video_url": {"url": _FILE}, "fps": 1.0, "sample_fps": 1.0},
                {"type": "video", "video": [PNG], "fps": 1.0, "sample_fps": 1.0},
            ],
        },
        {
            "role": "assistant",
            "content": "a",
            "tool_calls": [{"id": "1", "type": "function", "function": _CALL}],
            "function_call": _CALL,
        },
        {"role": "tool", "tool_call_id": "1", "content": "a"},
    ],
    "stream": False,
    "stream_options": {"include_usage": True, "continuous_usage_stats": False},
    "n": 1,
    "max_tokens": 2,
    "max_completion_tokens": 2,
    "min_tokens": 1,
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": 1,
    "min_p": 0.5,
    "seed": 1,
    "frequency_penalty": 0.0,
    "presence_penalty": 0.0,
    "repetition_penalty": 1.0,
    "stop": ["a"],
    "stop_token_ids": [1],
    "ignore_eos": False,
    "include_stop_str_in_output": False,
    "logit_bias": {"5": 1.0},
    "logprobs": True,
    "top_logprobs": 1,
    "continue_final_message": False,
    "add_generation_prompt": True,
    "tools": [
        {
            "type": "function",
            "function": {"name": "f", "description": "a", "parameters": {"type": "object"}},
        }
    ],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "parallel_tool_calls": True,
    "response_format": {"type": "json_schema", "json_schema": {"schema": {}}},
    "structured_outputs": {
        "json": {},
        "regex": "a",
        "choice": ["a"],
        "grammar": "a",
        "json_object": True,
    },
    "nvext": {
        "ignore_eos": False,
        "top_k": 1,
        "min_p": 0.5,
        "repetition_penalty": 1.0,
        "greed_sampling": False,
        "max_thinking_tokens": 1,
        **_GUIDED,
    },
    "reasoning_effort": "none",
    "chat_template_kwargs": {"enable_thinking": False, "thinking": False},
    "thinking_token_budget": 1,
    "include_reasoning": True,
    "media_io_kwargs": {"video": _OPTIONS | {"pruning_rate": 0.5}},
    "mm_processor_kwargs": _OPTIONS | {"max_num_tiles": 1},
    "cache_salt": "a",
    **_GUIDED,
}
