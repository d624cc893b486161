"""Drawing needs fonts, emoji, words and matplotlib, which are fetched and never committed.

The tests that draw are marked; `make test` leaves them out, `make demo-model` fetches and tests.
"""

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from tools.demo_model.catalog import assets, words


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Only who asks for drawing is told that matplotlib is not there."""
    is_asked_for = config.option.markexpr == "drawing" or find_spec("matplotlib") is not None
    is_second_set = collection_path.name == "test_second_set.py"
    return True if is_second_set and not is_asked_for else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and "drawing_assets" in item.fixturenames:
            item.add_marker(pytest.mark.drawing)


@pytest.fixture(scope="session")
def drawing_assets() -> None:
    if not assets.WORDS.exists():
        pytest.fail(
            "the fonts, emoji and words are not fetched: run make demo-model", pytrace=False
        )
    torch.set_num_threads(1)


@pytest.fixture
def small_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real one is fetched; what is said does not depend on which words there are."""
    rare = ("abrupt", "basin", "crucifix", "dinghy", "ferret", "gallop", "hazel", "wrangle")
    monkeypatch.setattr(words, "dictionary", lambda: rare)
