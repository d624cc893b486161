"""The shipped tokenizer, whose vocabulary cuts tags and characters into several tokens."""

from pathlib import Path

import pytest

import inference_server
from inference_server.prompt.tokenizer import Tokenizer


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return Tokenizer.load(Path(inference_server.__file__).parent / "assets" / "demo_model")
