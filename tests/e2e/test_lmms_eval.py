"""Requests as the evaluation harness lmms-eval 0.7 writes them with its task files' values."""

from typing import Any

import pytest
from openai import OpenAI

from tests.e2e.support.images import data_url, image_file

# What task files set beside max_new_tokens and temperature, as its OpenAI backend passes it on.
VALUES: list[dict[str, Any]] = [
    {"temperature": 0},
    {"temperature": 0, "top_p": 0},
    {"temperature": 0, "top_p": 1.0, "n": 1, "seed": 2**64 - 1},
    {"temperature": 0, "presence_penalty": 0, "frequency_penalty": 0},
    {"temperature": 0, "extra_body": {"chat_template_kwargs": {"enable_thinking": False}}},
    {"temperature": 0, "extra_body": {"media_io_kwargs": {"video": {"num_frames": 32}}}},
]


@pytest.mark.parametrize("values", VALUES, ids=str)
def test_every_task_gets_an_answer_and_its_usage(openai: OpenAI, values: dict[str, Any]) -> None:
    content = [
        {"type": "image_url", "image_url": {"url": data_url(image_file(1))}},
        {"type": "image_url", "image_url": {"url": data_url(image_file(2))}},
        {"type": "text", "text": "Answer with the option's letter.\n"},
    ]

    completion = openai.chat.completions.create(
        model="nvidia/nemotron-nano-12b-v2-vl",
        messages=[{"role": "user", "content": content}],  # type: ignore[list-item, misc]
        max_tokens=16,
        **values,
    )

    assert completion.choices[0].message.content
    assert completion.usage is not None
    assert completion.usage.completion_tokens <= 16
