import json

import pytest

from tools.demo_model.digest import EXPECTED, SETS, changed, digests_of, surroundings

pytestmark = [
    pytest.mark.usefixtures("drawing_assets"),
    # Newer Pythons warn of any fork beside a thread, also of one that never touches what it holds.
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


def test_the_first_samples_of_each_set_are_as_recorded() -> None:
    """`python -m tools.demo_model.digest` compares all 2,000."""
    recorded = json.loads(EXPECTED.read_text())
    if surroundings() != recorded["drawn with"]:
        pytest.skip(f"drawn with {surroundings()}, recorded with {recorded['drawn with']}")
    assert changed(digests_of([*SETS], 100), recorded["sets"]) == []


def test_a_changed_sample_is_found_by_its_block_and_its_kind() -> None:
    recorded = {"train": {"seeds from 0000": "a", "seeds from 0100": "b", "table": "c"}}
    found = {"train": {"seeds from 0000": "a", "seeds from 0100": "x", "table": "y"}}
    assert changed(found, recorded) == ["train: seeds from 0100", "train: table"]
