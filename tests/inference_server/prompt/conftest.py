from pathlib import Path

import pytest

import inference_server
from inference_server.prompt.tokenizer import Tokenizer

FOLDER = Path(inference_server.__file__).parent / "assets" / "tokenizer"


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return Tokenizer.load(FOLDER)
