"""What README and docs say exists: settings, their variables and aliases, and files."""

import re
from pathlib import Path

import pytest

from http_gateway.config import GatewayConfig, variables
from inference_server.settings import _settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    "README.md",
    "docs/architecture.md",
    "tools/demo_model/README.md",
    "tools/demo_model/runs.md",
)
# Flags of `nemotron-vl serve` that have another name in the gateway.
RENAMED = {"--host": "host", "--http-port": "port", "--api-key": "api_keys"}


def test_every_setting_in_the_readme_exists() -> None:
    variables_by_flag = {setting.flag: setting.variables for setting in _settings()}
    for name in GatewayConfig.model_fields:
        variables_by_flag[f"--gateway-{name.replace('_', '-')}"] = variables(name)
    variables_by_flag |= {flag: variables(name) for flag, name in RENAMED.items()}

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
