import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    path = ROOT / "tools" / "train_tokenizer.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_same_text_gives_the_same_tokenizer(tool: ModuleType) -> None:
    first, second = (tool.train(tool.captions(200), vocab_size=500).to_str() for _ in range(2))
    assert first == second


def test_special_tokens_frame_the_vocabulary(tool: ModuleType) -> None:
    tokenizer = tool.train(tool.captions(200), vocab_size=500)
    assert [tokenizer.id_to_token(index) for index in range(20)] == [*tool.LEADING]
    assert [tokenizer.id_to_token(index) for index in range(500, 510)] == [*tool.TRAILING]
    assert tokenizer.get_vocab_size() == 510


def test_the_shipped_configuration_is_the_tool_s(tool: ModuleType, tmp_path: Path) -> None:
    tool.write_config(tmp_path / "tokenizer_config.json")
    shipped = (tool.FOLDER / "tokenizer_config.json").read_text()
    assert (tmp_path / "tokenizer_config.json").read_text() == shipped
