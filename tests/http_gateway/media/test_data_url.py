import base64

import pytest

from http_gateway.errors import InvalidRequest
from http_gateway.media.data_url import decode_data_url, is_data_url, mime_hint


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64,aGVsbG8=",
        "DATA:image/png;BASE64,aGVsbG8=",
        "data:;base64,aGVsbG8=",
        "data:image/png;charset=utf-8;base64,aGVsbG8=",
        "data:image/png;name=a.png; base64 ,aGVsbG8=",
        "data:image/png;base64,aGVs\r\nbG8=\n",
        "data:image/png;base64, aGVs bG8=",
        "data:image/png;base64,aGVsbG8%3D",
    ],
)
def test_forms_of_the_same_content(url: str) -> None:
    assert is_data_url(url)
    assert decode_data_url(url, param="here").data == b"hello"


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64",
        "data:",
        "data:,hello",
        "data:text/plain,hello",
        "data:image/png;base64;x,aGVsbG8=",
        "data:image/png;base64,aGVsbG8",
        "data:image/png;base64,aGVsbG8==",
        "data:image/png;base64,a-_sbG8=",
        "data:image/png;base64,aGVs!bG8=",
        "data:image/png;base64,aGU=bG8=",
        "data:image/png;base64,=aGVsbG8",
        "data:image/jpeg;base64,aGVsbG8=,aGVsbG8=",
        "data:image/png;base64,aGVsbG8é",
        "data:image/png;base64,%ff%fe",
    ],
)
def test_what_is_not_base64_is_the_callers_fault(url: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        decode_data_url(url, param="here")
    assert raised.value.param == "here"
    assert "aGVs" not in raised.value.message


def test_long_content_survives_the_slices() -> None:
    data = bytes(range(256)) * 4096 + b"x"
    url = "data:video/mp4;base64," + base64.b64encode(data).decode()
    assert decode_data_url(url, param="here").data == data


def test_padding_between_slices_is_refused() -> None:
    slice_with_padding = base64.b64encode(b"x" * (192 * 1024 - 1)).decode()
    assert len(slice_with_padding) == 256 * 1024
    with pytest.raises(InvalidRequest):
        decode_data_url(f"data:;base64,{slice_with_padding}aGVsbG8=", param="here")


def test_no_content_is_left_to_the_server_to_refuse() -> None:
    assert decode_data_url("data:image/png;base64,", param="here").data == b""


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("image/PNG", "image/png"),
        ("image/svg+xml; charset=utf-8", "image/svg+xml"),
        ("", None),
        (None, None),
        ("png", None),
        ("image/png\nx", None),
        ("a" * 100 + "/b", None),
    ],
)
def test_the_senders_word_for_the_type(text: str | None, hint: str | None) -> None:
    assert mime_hint(text) == hint
