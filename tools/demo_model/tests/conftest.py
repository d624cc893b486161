"""Drawing needs fonts, emoji, words and matplotlib, which are fetched and never committed.

The tests that draw are marked; `make test` leaves them out, `make demo-model` fetches and tests.
"""

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from tools.demo_model.catalog import assets, words

# They import what needs matplotlib.
PLOTTING = {"test_digest.py", "test_plot.py", "test_second_set.py"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without matplotlib its tests are left out, unless drawing was asked for."""
    is_asked_for = config.option.markexpr == "drawing" or find_spec("matplotlib") is not None
    return True if collection_path.name in PLOTTING and not is_asked_for else None


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
