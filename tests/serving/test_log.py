import json
import logging
import re
import time
from collections.abc import Iterator

import pytest

from serving.log import configure_logging
from serving.settings import LogSettings


@pytest.fixture(autouse=True)
def _root_logger() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    yield
    configure_logging(LogSettings())
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def written(capfd: pytest.CaptureFixture[str]) -> str:
    """What was logged to stderr."""
    logging.getLogger().handlers[0].flush()
    return capfd.readouterr().err


def test_text_lines_begin_with_level_time_and_place(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings())
    logging.getLogger("a.b").info("ready: %s", "x")
    err = written(capfd)
    pattern = r"INFO \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 a\.b:\d+\] ready: x\n"
    assert re.fullmatch(pattern, err)
    assert capfd.readouterr().out == ""


def test_each_jsonl_line_is_an_object_even_with_newlines_and_an_exception(
    capfd: pytest.CaptureFixture[str],
) -> None:
    configure_logging(LogSettings(jsonl_logging=True))
    try:
        raise ValueError("bad")
    except ValueError:
        logging.getLogger("a.b").exception("two\nlines")
    (line,) = written(capfd).splitlines()
    record = json.loads(line)
    assert (record["level"], record["logger"]) == ("ERROR", "a.b")
    assert record["message"] == "two\nlines"
    assert "ValueError: bad" in record["exception"]


def test_what_is_below_the_level_is_not_written(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings(log_level="WARNING"))
    logging.getLogger("a.b").info("quiet")
    assert written(capfd) == ""


@pytest.mark.parametrize("level", ["DEBUG", "debug", "TRACE"])
def test_debug_brings_our_own_loggers_alone(capfd: pytest.CaptureFixture[str], level: str) -> None:
    configure_logging(LogSettings.model_validate({"log_level": level}))
    ours = (
        "inference_server.rpc.admission.call",
        "http_gateway.app",
        "serving.log",
        "nemotron_vl.channel",
    )
    others = ("asyncio", "grpc._cython.cygrpc", "aiohttp.access", "httpcore.http11", "PIL", "root")
    for name in (*ours, *others):
        logging.getLogger(name).debug("fine print")
        logging.getLogger(name).info("news")
    lines = [line.split() for line in written(capfd).splitlines()]
    assert {line[2].split(":")[0] for line in lines if line[0] == "DEBUG"} == set(ours)
    assert {line[2].split(":")[0] for line in lines if line[0] == "INFO"} == {*ours, *others}


@pytest.mark.parametrize("level", ["INFO", "WARNING", "ERROR"])
def test_other_levels_are_those_of_all_loggers(
    capfd: pytest.CaptureFixture[str], level: str
) -> None:
    configure_logging(LogSettings(log_level="DEBUG"))
    configure_logging(LogSettings.model_validate({"log_level": level}))
    for name in ("inference_server", "http_gateway.app", "asyncio"):
        for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            logging.getLogger(name).log(number, "x")
    shown = [line.split()[0] for line in written(capfd).splitlines()]
    levels = ["INFO", "WARNING", "ERROR"]
    assert shown == levels[levels.index(level) :] * 3


def test_a_message_cannot_forge_a_line_of_text(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings())
    logging.getLogger("a.b").info("asked: %s", "x\r\nINFO forged")
    (line,) = written(capfd).splitlines()
    assert line.endswith(r"asked: x\r\nINFO forged")


# Controls, separators of lines, marks of direction, and half of a character.
FORGERIES = [
    "\x00",
    "\x1b[2J",
    "\x7f",
    "\x85",
    "\x9b",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u2066",
    "\ud800",
]


@pytest.mark.parametrize("jsonl_logging", [False, True])
@pytest.mark.parametrize("forgery", FORGERIES, ids=ascii)
def test_nothing_drives_a_terminal_or_breaks_a_line(
    capfd: pytest.CaptureFixture[str], jsonl_logging: bool, forgery: str
) -> None:
    configure_logging(LogSettings(jsonl_logging=jsonl_logging))
    text = f"a{forgery}INFO forged"
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("a.b").exception("asked: %s", text)
    err = written(capfd)
    assert err.replace("\n", "").isprintable()
    assert err.count(json.dumps(text)[1:-1]) >= 2, "the message and the exception"
    if jsonl_logging:
        assert json.loads(err)["message"] == f"asked: {text}"


def test_an_exception_cannot_forge_a_line_of_text(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings())
    try:
        raise ValueError("x\nINFO forged\rINFO forged")
    except ValueError:
        logging.getLogger("a.b").exception("failed")
    _, *exception = written(capfd).splitlines()
    assert all(line.startswith("    ") for line in exception)


@pytest.mark.parametrize("jsonl_logging", [False, True])
def test_times_are_utc_whatever_the_time_zone_of_the_machine(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, jsonl_logging: bool
) -> None:
    configure_logging(LogSettings(jsonl_logging=jsonl_logging))
    record = logging.makeLogRecord({"msg": "x", "levelno": 20, "created": 1767268810.25})
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        logging.getLogger().handle(record)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "2026-01-01T12:00:10.250+00:00" in written(capfd)


def test_a_json_line_about_a_request_has_its_id(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings(jsonl_logging=True))
    logging.getLogger("a.b").info("one", extra={"request_id": "id-1"})
    logging.getLogger("a.b").info("other")
    one, other = map(json.loads, written(capfd).splitlines())
    assert one["request_id"] == "id-1"
    assert "request_id" not in other
