"""The settings that the README names exist, with the variables and aliases it gives them."""

import re
from pathlib import Path

from http_gateway.config import GatewayConfig, variables
from inference_server.settings import _settings

README = Path(__file__).parents[2] / "README.md"
# Flags of `nemotron-vl serve` that have another name in the gateway.
RENAMED = {"--host": "host", "--http-port": "port", "--api-key": "api_keys"}


def test_every_setting_in_the_table_exists() -> None:
    variables_by_flag = {setting.flag: setting.variables for setting in _settings()}
    for name in GatewayConfig.model_fields:
        variables_by_flag[f"--gateway-{name.replace('_', '-')}"] = variables(name)
    variables_by_flag |= {flag: variables(name) for flag, name in RENAMED.items()}

    rows = re.findall(r"^\| `(--[\w-]+)` \| (.+?) \|", README.read_text(), re.MULTILINE)
    assert rows
    for flag, cell in rows:
        named = re.findall(r"`(\w+)`", cell)
        assert named, flag
        assert set(named) <= set(variables_by_flag[flag]), flag
