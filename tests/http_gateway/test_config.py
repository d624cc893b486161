import pytest
from pydantic import ValidationError

from http_gateway.backend import channel_options
from http_gateway.config import GatewayConfig, variables


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GatewayConfig.model_fields:
        for variable in variables(name):
            monkeypatch.delenv(variable, raising=False)


def test_defaults_are_for_this_machine_only() -> None:
    config = GatewayConfig()
    assert (config.host, config.port, config.backend) == ("127.0.0.1", 8000, "127.0.0.1:8001")
    assert config.api_keys == ()


@pytest.mark.parametrize("variable", ["NEMOTRON_VL_GATEWAY_PORT", "NIM_HTTP_API_PORT"])
def test_variables_and_aliases(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "9000")
    assert GatewayConfig().port == 9000


def test_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIM_HTTP_API_PORT", "9000")
    monkeypatch.setenv("NEMOTRON_VL_GATEWAY_PORT", "9001")
    assert GatewayConfig().port == 9001
    assert GatewayConfig(port=9002).port == 9002


def test_every_field_has_its_own_variable() -> None:
    assert {variables(name)[0] for name in GatewayConfig.model_fields} == {
        f"NEMOTRON_VL_GATEWAY_{name.upper()}" for name in GatewayConfig.model_fields
    }


def test_short_names_of_other_programs_mean_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("HOST", "elsewhere")
    assert GatewayConfig().port == 8000
    assert GatewayConfig().host == "127.0.0.1"


def test_a_variable_set_to_nothing_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIM_HTTP_API_PORT", "")
    assert GatewayConfig().port == 8000


def test_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEMOTRON_VL_GATEWAY_API_KEYS", "hush, two,")
    monkeypatch.setenv("NIM_CORS_ALLOW_ORIGINS", "https://a,https://b")
    monkeypatch.setenv("NEMOTRON_VL_GATEWAY_ALLOW_MEDIA_HOSTS", "Files.Example")
    config = GatewayConfig()
    assert [key.get_secret_value() for key in config.api_keys] == ["hush", "two"]
    assert config.cors_allow_origins == ("https://a", "https://b")
    assert config.allow_media_hosts == ("files.example",)
    assert "hush" not in repr(config)


@pytest.mark.parametrize(
    ("given", "level"), [("DEFAULT", "INFO"), ("trace", "DEBUG"), ("WARNING", "WARNING")]
)
def test_log_levels(monkeypatch: pytest.MonkeyPatch, given: str, level: str) -> None:
    monkeypatch.setenv("NIM_LOG_LEVEL", given)
    assert GatewayConfig().log_level == level


def test_json_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIM_JSONL_LOGGING", "1")
    assert GatewayConfig().jsonl_logging


def test_is_frozen() -> None:
    with pytest.raises(ValidationError):
        GatewayConfig().port = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_one_bound_for_messages_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEMOTRON_VL_MAX_MESSAGE_BYTES", "70000")
    options = dict(channel_options(GatewayConfig()))
    assert options["grpc.max_send_message_length"] == 70000
    assert options["grpc.max_receive_message_length"] == 70000
    assert options["grpc.http2.bdp_probe"] == 0
