"""The pictures need fonts and sprites, which are fetched and never committed."""

import pytest
import torch

from tools.demo_model import assets


@pytest.fixture(scope="session")
def drawing_assets() -> None:
    """Skips where `python -m tools.demo_model.fetch_assets` has not been run."""
    if not assets.WORDS.exists():
        pytest.skip("the fonts and sprites of the demo model are not fetched")
    torch.set_num_threads(1)
