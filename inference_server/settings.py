"""Reads the server's settings: its command line and its environment variables."""

from inference_server.config import ServerConfig
from serving.nim_variables import NIM_VARIABLES
from serving.settings_reader import SettingsReader

_CLIENT_VARIABLES = {"NEMOTRON_VL_ADDRESS", "NEMOTRON_VL_API_KEY"}

SETTINGS = SettingsReader(
    ServerConfig,
    program="nemotron-vl-server",
    description="The inference server: Nemotron Nano 12B v2 VL over gRPC.",
    prefix="NEMOTRON_VL_",
    other_prefix="NEMOTRON_VL_GATEWAY_",
    other_variables=NIM_VARIABLES | _CLIENT_VARIABLES,
)
