import base64
import contextlib
import re
import tracemalloc
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from http_gateway.errors import InvalidRequest
from http_gateway.media.data_url import decode_data_url, frame_urls, is_data_url, mime_hint


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
        "data:image/png;base64,aGVsbG8%3d%0A",
        "data:image/png;base64,aGVsbG8",
        "data:image/png;base64,aGVsbG8==",
        "data:image/png;base64,%61GVsbG8=",
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
        "data:image/png;base64,aGVsb",
        "data:image/png;base64,aGVsb===",
        "data:image/png;base64,aGVsbG8===",
        "data:image/png;base64,aGVs!bG8=",
        "data:image/png;base64,aGVs%bG8=",
        "data:image/png;base64,aGVs%21bG8=",
        "data:image/png;base64," + "%61GVs" * 65,
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


@example(b"\xfb\xff\xbf", "url", False, True, 0)
@given(
    data=st.binary(max_size=200),
    alphabet=st.sampled_from(["usual", "url"]),
    is_padded=st.booleans(),
    is_escaped=st.booleans(),
    line=st.integers(0, 80),
)
def test_base64_as_it_is_written_anywhere(
    data: bytes, alphabet: str, is_padded: bool, is_escaped: bool, line: int
) -> None:
    encode = base64.urlsafe_b64encode if alphabet == "url" else base64.b64encode
    text = encode(data).decode()
    text = text if is_padded else text.rstrip("=")
    if line:
        text = "\r\n".join(text[start : start + line] for start in range(0, len(text), line))
    text = quote(text, safe="") if is_escaped else text
    assert decode_data_url(f"data:image/png;base64,{text}", param="here").data == data


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidRequest):
        decode_data_url(f"data:image/png;base64,{text}", param="here")


@pytest.mark.parametrize("piece", ["%2B%2F", "%61%62", "a%2"])
def test_escapes_take_memory_in_proportion_to_their_text(piece: str) -> None:
    url = "data:image/png;base64," + piece * 2**18
    tracemalloc.start()
    with contextlib.suppress(InvalidRequest):
        decode_data_url(url, param="here")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 * len(url)


@pytest.mark.parametrize(
    ("url", "frames"),
    [
        ("data:video/jpeg;base64,QQ==", ["QQ=="]),
        ("data:video/jpeg;base64,QQ==,Qg==,Qw", ["QQ==", "Qg==", "Qw"]),
        (" DATA:image/PNG;base64,QQ==,Qg==\n", ["QQ==", "Qg=="]),
        ("data:image/webp;base64,QQ==,Qg==,", ["QQ==", "Qg=="]),
        ("data:video/jpeg;base64,QQ==,,Qg==", ["QQ==", "", "Qg=="]),
        ("data:video/jpeg;base64,", [""]),
    ],
)
def test_commas_stand_between_frames(url: str, frames: list[str]) -> None:
    head = url.strip()[: url.strip().index(",") + 1]
    assert frame_urls(url, param="here") == [head + frame for frame in frames]


@pytest.mark.parametrize(
    "url",
    [
        "data:video/mp4;base64,QQ==,Qg==",
        "data:;base64,QQ==,Qg==",
        "data:image/gif;base64,QQ==",
        "data:video/jpeg",
        "https://example.com/image/jpeg;base64,QQ==,Qg==",
        "",
    ],
)
def test_other_urls_are_files(url: str) -> None:
    assert frame_urls(url, param="here") is None


def test_more_frames_than_any_request_may_have_are_refused_before_they_are_cut() -> None:
    with pytest.raises(InvalidRequest) as raised:
        frame_urls("data:video/jpeg;base64," + "," * 8193, param="here")
    assert raised.value.param == "here"


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


@pytest.mark.parametrize("shift", range(5))
def test_what_lies_between_slices_is_read(shift: int) -> None:
    """Escapes, blanks and groups of four may begin in one slice and end in the next."""
    data = bytes(range(256)) * 1025
    text = " " * shift + base64.b64encode(data).decode()
    escaped = text.replace("/", "%2F").replace("+", "%2b")
    for written in (text, escaped, "\n".join(re.findall(".{1,76}", text))):
        assert decode_data_url(f"data:;base64,{written}", param="x").data == data


@pytest.mark.parametrize("text", ["A=" * 400_000, "A" * 300_000 + "=" * 300_000, "%41" * 200_000])
def test_long_text_that_is_no_base64(text: str) -> None:
    with pytest.raises(InvalidRequest):
        decode_data_url(f"data:;base64,{text}", param="x")


def test_a_comma_comes_soon() -> None:
    with pytest.raises(InvalidRequest):
        decode_data_url("data:" + "a;" * 10_000 + "base64,AAAA", param="x")
