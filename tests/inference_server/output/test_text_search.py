from hypothesis import given
from hypothesis import strategies as st

from inference_server.output.text_search import TextSearch

few_letters = st.text(alphabet="ab<", max_size=12)
strings = st.lists(st.text(alphabet="ab<", min_size=1, max_size=4), max_size=4)


def find(text: str, strings: list[str]) -> tuple[str, str | None, str]:
    """The rule, spelled out: the earliest end, then the longest."""
    for end in range(1, len(text) + 1):
        ending = [string for string in strings if text[:end].endswith(string)]
        if ending:
            string = max(ending, key=len)
            return text[: end - len(string)], string, text[end:]
    return text, None, ""


@given(pieces=st.lists(few_letters, max_size=6), strings=strings)
def test_match_is_the_same_wherever_the_text_is_cut(pieces: list[str], strings: list[str]) -> None:
    search = TextSearch(strings)
    before = ""
    for index, piece in enumerate(pieces):
        free, match = search.push(piece)
        before += free
        if match:
            rest = match.rest + "".join(pieces[index + 1 :])
            assert (before, match.string, rest) == find("".join(pieces), strings)
            return
    assert (before + search.flush(), None, "") == find("".join(pieces), strings)


@given(text=few_letters, strings=strings)
def test_only_a_possible_beginning_is_held_back(text: str, strings: list[str]) -> None:
    search = TextSearch(strings)
    free, match = search.push(text)
    if match is None:
        held = text[len(free) :]
        assert not held or any(string.startswith(held) and string != held for string in strings)


def test_search_goes_on_after_a_match() -> None:
    search = TextSearch(["ab"])
    free, match = search.push("xaby")
    assert match is not None
    assert (free, match.rest) == ("x", "y")
    assert search.push("a") == ("", None)
    free, match = search.push("b")
    assert match is not None
    assert free == ""


def test_a_beginning_that_repeats_itself_is_not_lost() -> None:
    search = TextSearch(["aab"])
    assert search.push("aaa") == ("a", None)
    free, match = search.push("b")
    assert match is not None
    assert (free, match.string) == ("", "aab")
