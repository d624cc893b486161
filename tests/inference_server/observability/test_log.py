import json
import logging
import re
from collections.abc import Iterator

import pytest

from inference_server.observability.log import configure_logging


@pytest.fixture(autouse=True)
def _root_logger() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_text_lines_begin_with_level_time_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", is_jsonl=False)
    logging.getLogger("a.b").info("ready: %s", "x")
    out = capsys.readouterr()
    pattern = r"INFO \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} a\.b:\d+\] ready: x\n"
    assert re.fullmatch(pattern, out.err)
    assert out.out == ""


def test_each_jsonl_line_is_an_object_even_with_newlines_and_an_exception(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("INFO", is_jsonl=True)
    try:
        raise ValueError("bad")
    except ValueError:
        logging.getLogger("a.b").exception("two\nlines")
    (line,) = capsys.readouterr().err.splitlines()
    record = json.loads(line)
    assert (record["level"], record["logger"]) == ("ERROR", "a.b")
    assert record["message"] == "two\nlines"
    assert "ValueError: bad" in record["exception"]


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("WARNING", is_jsonl=False)
    logging.getLogger("a.b").info("quiet")
    assert capsys.readouterr().err == ""
