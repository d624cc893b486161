"""What an error repeats of the caller's own text."""

import json

import pytest

from http_gateway.chat.parse import parse_body
from http_gateway.errors import MAX_REPEATED, ApiError, InvalidRequest

LONG = "k" * 100_000


def test_a_long_parameter_is_cut_in_the_message_too() -> None:
    error = InvalidRequest(f"`{LONG}` is not valid.", param=LONG)
    assert error.param == "k" * MAX_REPEATED + "..."
    assert error.message == f"`{error.param}` is not valid."


def test_a_long_message_is_cut() -> None:
    assert len(ApiError(404, f"There is no model {LONG}.").message) < 1100


def test_bytes_that_are_not_utf8_are_escaped() -> None:
    body = ApiError(403, "no name: \udcff", param="\udcff").response().body
    assert json.loads(bytes(body or b""))["error"]["param"] == "\\udcff"  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "body",
    [
        f'{{"messages":[],"logit_bias":{{"{LONG}":"x"}}}}',
        f'{{"messages":[],"mm_processor_kwargs":{{"{LONG}":1}}}}',
        f'{{"messages":[{{"role":"{LONG}","content":"x"}}]}}',
        f'{{"messages":[],"response_format":{{"type":"{LONG}"}}}}',
        "[" + LONG,
    ],
)
def test_no_error_of_a_body_repeats_a_long_text(body: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse_body(body.encode())
    assert "k" * (MAX_REPEATED + 1) not in raised.value.message
    assert len(raised.value.response().body or b"") < 2048  # pyright: ignore[reportArgumentType]
