"""The environment variables of both processes, which often run side by side."""

from http_gateway.settings import SETTINGS as GATEWAY
from inference_server.settings import SETTINGS as SERVER

VARIABLES_BY_PROCESS = {
    settings.program: {name for one in settings.settings.values() for name in one.variables}
    for settings in (SERVER, GATEWAY)
}


def test_no_process_warns_of_a_variable_that_the_other_reads() -> None:
    environ = {name: "1" for names in VARIABLES_BY_PROCESS.values() for name in names}
    assert SERVER.unknown_variables(environ) == []
    assert GATEWAY.unknown_variables(environ) == []


def test_each_process_warns_of_an_unknown_variable() -> None:
    environ = {"NIM_NONE": "1", "NEMOTRON_VL_NONE": "1", "NEMOTRON_VL_GATEWAY_NONE": "1"}
    assert SERVER.unknown_variables(environ) == ["NEMOTRON_VL_NONE", "NIM_NONE"]
    assert GATEWAY.unknown_variables(environ) == ["NEMOTRON_VL_GATEWAY_NONE", "NIM_NONE"]
