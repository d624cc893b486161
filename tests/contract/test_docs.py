"""The settings, variables, aliases and files that README and docs name exist."""

import re
from pathlib import Path

import pytest

from http_gateway.settings import SETTINGS as GATEWAY
from inference_server.settings import SETTINGS as SERVER

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    "CONTRIBUTING.md",
    "README.md",
    "docs/architecture.md",
    "docs/http.md",
    "docs/limits.md",
    "tools/demo_model/README.md",
    "tools/demo_model/runs.md",
)
# Flags of `nemotron-vl serve` that have another name in the gateway.
RENAMED = {"--host": "host", "--http-port": "port", "--api-keys-file": "api_keys_file"}


def test_every_setting_in_the_readme_exists() -> None:
    variables_by_flag = {setting.flag: setting.variables for setting in SERVER.settings.values()}
    for setting in GATEWAY.settings.values():
        variables_by_flag[setting.flag.replace("--", "--gateway-", 1)] = setting.variables
    for flag, name in RENAMED.items():
        variables_by_flag[flag] = GATEWAY.settings[name].variables

    text = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| `(--[\w-]+)` \| (.+?) \|", text, re.MULTILINE)
    assert rows
    for flag, cell in rows:
        named = re.findall(r"`(\w+)`", cell)
        assert named, flag
        assert set(named) <= set(variables_by_flag[flag]), flag


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_in_a_document_exists(document: str) -> None:
    paths = re.findall(r"`([\w-]+/[\w/.-]+)`", (ROOT / document).read_text())
    assert [path for path in paths if not (ROOT / path).exists()] == []
