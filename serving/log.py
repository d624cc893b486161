"""The form of log lines, as text or JSON, one line per record. Everything goes to stderr.

A record about one request has its id: `logger.info(..., extra={"request_id": id})`.
"""

import json
import logging
from datetime import UTC, datetime

from serving.log_writer import LogWriter, hold_stderr
from serving.settings import LogSettings

# Our packages. At DEBUG the libraries beneath them would bury their lines.
_OURS = ("http_gateway", "inference_server", "nemotron_vl", "serving")


def configure_logging(settings: LogSettings) -> None:
    """Sends the log of the whole process to stderr. DEBUG shows details of our packages alone."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    hold_stderr()
    handler = LogWriter()
    handler.setFormatter(JsonFormatter() if settings.jsonl_logging else TextFormatter())
    logging.basicConfig(level=max(level, logging.INFO), handlers=[handler], force=True)
    for name in _OURS:
        logging.getLogger(name).setLevel(level if level < logging.INFO else logging.NOTSET)
    logging.captureWarnings(True)


class TextFormatter(logging.Formatter):
    """`INFO 2026-03-03T12:00:10.079+00:00 http_gateway.app:42] message`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the indented lines of the exception: no caller can forge a line."""
        message = f"{record.levelname} {_time(record)} {record.name}:{record.lineno}] "
        lines = [message + _escaped(record.getMessage())]
        if record.exc_info:
            exception = self.formatException(record.exc_info).split("\n")
            lines += ["    " + _escaped(line) for line in exception]
        return "\n".join(lines)


class JsonFormatter(logging.Formatter):
    """One JSON object per line, with the same fields as the text."""

    def format(self, record: logging.LogRecord) -> str:
        """Optional fields are left out where the record has none."""
        line = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "line": record.lineno,
            "message": record.getMessage(),
        }
        if request_id := getattr(record, "request_id", None):
            line["request_id"] = request_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _escaped(json.dumps(line, ensure_ascii=False))


def _escaped(text: str) -> str:
    """The text with controls, line separators, marks of direction and lone surrogates as JSON
    escapes, so that it is one line, drives no terminal, and can be encoded.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
