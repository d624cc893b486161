from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from http_gateway.backend import channel_options
from http_gateway.config import GatewayConfig
from http_gateway.settings import SETTINGS


def read(environ: Mapping[str, str], *argv: str) -> GatewayConfig:
    return SETTINGS.read(argv, environ)


def test_defaults_are_for_this_machine_only() -> None:
    config = read({})
    assert (config.host, config.port, config.backend) == ("127.0.0.1", 8000, "127.0.0.1:8001")
    assert config.api_keys == ()
    assert config == GatewayConfig()


@pytest.mark.parametrize(
    "variable", ["NEMOTRON_VL_GATEWAY_PORT", "NIM_HTTP_API_PORT", "NIM_SERVER_PORT"]
)
def test_variables_and_aliases(variable: str) -> None:
    assert read({variable: "9000"}).port == 9000


def test_precedence() -> None:
    environ = {"NIM_HTTP_API_PORT": "9000", "NEMOTRON_VL_GATEWAY_PORT": "9001"}
    assert read(environ).port == 9001
    assert read(environ, "--port", "9002").port == 9002


def test_every_field_has_its_own_variable() -> None:
    assert {setting.variables[0] for setting in SETTINGS.settings.values()} == {
        f"NEMOTRON_VL_GATEWAY_{name.upper()}" for name in SETTINGS.settings
    }


def test_short_names_of_other_programs_mean_nothing() -> None:
    config = read({"PORT": "9000", "HOST": "elsewhere", "port": "9000", "host": "elsewhere"})
    assert (config.host, config.port) == ("127.0.0.1", 8000)


def test_the_environment_is_read_by_the_reader_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEMOTRON_VL_GATEWAY_PORT", "9000")
    assert GatewayConfig().port == 8000


def test_a_variable_set_to_nothing_is_unset() -> None:
    assert read({"NIM_HTTP_API_PORT": ""}).port == 8000


def test_lists() -> None:
    config = read(
        {
            "NEMOTRON_VL_GATEWAY_API_KEYS": "hush, two,",
            "NIM_CORS_ALLOW_ORIGINS": "https://a,https://b",
            "NEMOTRON_VL_GATEWAY_ALLOW_MEDIA_HOSTS": "Files.Example",
        }
    )
    assert [key.get_secret_value() for key in config.api_keys] == ["hush", "two"]
    assert config.cors_allow_origins == ("https://a", "https://b")
    assert config.allow_media_hosts == ("files.example",)
    assert "hush" not in repr(config)


@pytest.mark.parametrize(
    ("given", "level"), [("DEFAULT", "INFO"), ("trace", "DEBUG"), ("WARNING", "WARNING")]
)
@pytest.mark.parametrize("variable", ["NEMOTRON_VL_LOG_LEVEL", "NIM_LOG_LEVEL"])
def test_log_levels(variable: str, given: str, level: str) -> None:
    assert read({variable: given}).log.log_level == level


@pytest.mark.parametrize("variable", ["NIM_JSONL_LOGGING", "NEMOTRON_VL_JSONL_LOGGING"])
def test_json_lines(variable: str) -> None:
    assert read({variable: "1"}).log.jsonl_logging


def test_unknown_variables_are_those_that_no_process_reads() -> None:
    environ = {
        "NEMOTRON_VL_GATEWAY_PORT": "1",
        "NEMOTRON_VL_GATEWAY_PROT": "1",
        "NEMOTRON_VL_MAX_NUM_SEQS": "1",
        "NIM_MAX_NUM_SEQS": "1",
        "NIM_HTTP_API_PROT": "1",
        "NIM_SSL_MODE": "1",
        "PORT": "1",
    }
    assert SETTINGS.unknown_variables(environ) == ["NEMOTRON_VL_GATEWAY_PROT", "NIM_HTTP_API_PROT"]


def test_is_frozen() -> None:
    with pytest.raises(ValidationError):
        GatewayConfig().port = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_one_bound_for_messages_both_ways() -> None:
    options = dict(channel_options(read({"NEMOTRON_VL_MAX_MESSAGE_BYTES": "70000"})))
    assert options["grpc.max_send_message_length"] == 70000
    assert options["grpc.max_receive_message_length"] == 70000
    assert options["grpc.http2.bdp_probe"] == 0
