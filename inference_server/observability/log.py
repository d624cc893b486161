"""How log lines look. Everything goes to stderr; stdout stays free."""

import json
import logging
import sys
from datetime import UTC, datetime

_TEXT = "%(levelname)s %(asctime)s %(name)s:%(lineno)d] %(message)s"


def configure_logging(level: str, *, is_jsonl: bool) -> None:
    """Sends the process's log to stderr, one line a record."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if is_jsonl else _TextFormatter(_TEXT))
    logging.basicConfig(level=level, handlers=[handler], force=True)


class _TextFormatter(logging.Formatter):
    """`INFO 2026-03-03 12:00:10.079 inference_server.cli:42] ready`."""

    default_time_format = "%Y-%m-%d %H:%M:%S"
    default_msec_format = "%s.%03d"


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "line": record.lineno,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
