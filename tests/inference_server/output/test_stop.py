import pytest

from inference_server.output.stop import StopStrings


def test_text_ends_before_the_stop_string() -> None:
    stop = StopStrings(["END"], is_included=False)
    assert stop.push("one E") == ("one ", None)
    assert stop.push("ND two") == ("", "END")


def test_stop_string_is_kept_when_included() -> None:
    stop = StopStrings(["END"], is_included=True)
    assert stop.push("one E") == ("one ", None)
    assert stop.push("ND two") == ("END", "END")


@pytest.mark.parametrize("strings", [["bc", "abcd"], ["abcd", "bc"]])
def test_of_several_the_one_that_ends_first_wins(strings: list[str]) -> None:
    assert StopStrings(strings, is_included=False).push("abcd") == ("a", "bc")


def test_without_stop_strings_nothing_is_held_back() -> None:
    stop = StopStrings([], is_included=False)
    assert stop.push("any") == ("any", None)
    assert stop.flush() == ""


def test_a_beginning_that_comes_to_nothing_is_text() -> None:
    stop = StopStrings(["END"], is_included=False)
    assert stop.push("E") == ("", None)
    assert stop.push("N") == ("", None)
    assert stop.flush() == "EN"
