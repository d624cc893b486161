"""Trains the demo model's tokenizer on the texts of the mix.

    python -m tools.demo_model.tokenizer [folder]

Writes tokenizer.json, tokenizer_config.json and the chat template; takes a minute or two, since
the pictures of the texts are drawn as well.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import torch

from inference_server.checkpoint.locate import DEMO_MODEL
from tools.demo_model import byte_pairs, words
from tools.demo_model.mix import sample
from tools.demo_model.sample import Sample

FOLDER = Path(__file__).parents[2] / "build" / "demo_model" / "tokenizer"
VOCAB_SIZE = 2560
_NUM_SAMPLES = 8000
_NUM_TITLES = 20_000
# The words that the chat template adds.
_TEMPLATE = """System User Assistant
You can use the following tools to assist the user if required:
<AVAILABLE_TOOLS>[]</AVAILABLE_TOOLS>
If you decide to call any tool(s), use the following format:
<TOOLCALL>[{"name": "tool_name1", "arguments": "tool_args1"}]</TOOLCALL>
The user will execute tool-calls and return responses from tool(s) in this format:
<TOOL_RESPONSE>[{"response": "tool_response1"}]</TOOL_RESPONSE>
Based on the tool responses, you can call additional tools if needed, correct tool calls if any
errors are found, or just respond to the user.
Frame 1 sampled at 0.00 seconds: <think>
</think>"""


def main() -> None:
    torch.set_num_threads(1)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = byte_pairs.train(texts(_NUM_SAMPLES), vocab_size=VOCAB_SIZE)
    tokenizer.save(str(folder / "tokenizer.json"))
    byte_pairs.write_config(folder / "tokenizer_config.json")
    shutil.copy(DEMO_MODEL / "chat_template.jinja", folder)


def texts(num_samples: int) -> Iterator[str]:
    """What is said in the samples, and titles beyond theirs, so that rare words have pieces."""
    for seed in range(num_samples):
        yield from _said(sample(seed))
    yield from [_TEMPLATE] * (num_samples // 10)
    rng = Random(0)
    for _ in range(_NUM_TITLES):
        yield f'The title is "{words.title(rng, is_held_out=False)}".'


def _said(made: Sample) -> Iterator[str]:
    for message in made.messages:
        content = message["content"]
        parts = [{"text": content}] if isinstance(content, str) else content
        yield from (part["text"] for part in parts if "text" in part)
        yield from [message["reasoning"]] if "reasoning" in message else ()
        yield from (json.dumps(call["function"]) for call in message.get("tool_calls", ()))
    yield from (json.dumps(tool["function"]) for tool in made.tools)


if __name__ == "__main__":
    main()
