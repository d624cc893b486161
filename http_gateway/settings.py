"""Where the gateway's settings come from: its command line, and which variables it judges."""

from http_gateway.config import GatewayConfig
from serving.nim_variables import NIM_VARIABLES
from serving.settings_reader import SettingsReader

SETTINGS = SettingsReader(
    GatewayConfig,
    program="nemotron-vl-gateway",
    description="OpenAI chat completions over HTTP in front of the inference server.",
    prefix="NEMOTRON_VL_GATEWAY_",
    other_variables=NIM_VARIABLES,
)
