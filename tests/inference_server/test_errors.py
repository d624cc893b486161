import pytest

from inference_server.errors import quoted


@pytest.mark.parametrize("text", ["", "abc", "it's", "a\nb", "名前", "x" * 200])
def test_a_short_text_is_repeated_whole(text: str) -> None:
    assert quoted(text) == repr(text)


@pytest.mark.parametrize(
    "text", ["x" * 201, "\0" * 200, "\U000e0001" * 10**6, "'" * 999, "\\" * 150]
)
def test_a_long_text_is_cut_with_its_escapes(text: str) -> None:
    assert len(quoted(text)) <= 205
    assert quoted(text).endswith(("...'", '..."'))
    assert quoted(text).isprintable()
