"""One line a record, as text or as JSON, to stderr. Never prompts, media or keys."""

import logging
import time

import orjson


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Everything that the text form says, as fields."""
        entry = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(entry).decode()


class TextFormatter(logging.Formatter):
    """`INFO 2026-03-03 12:00:10.079 http_gateway.app] message`."""

    def format(self, record: logging.LogRecord) -> str:
        """Line breaks inside the message are escaped: a caller must not forge a line."""
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        line = f"{record.levelname} {_time(record)} {record.name}] {message}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


def configure_logging(level: str, *, jsonl: bool) -> None:
    """Sends every logger of the process to stderr in one form."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if jsonl else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # It logs what is not HTTP, byte for byte. What a handler raises never comes as far as there.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)


def _time(record: logging.LogRecord) -> str:
    seconds = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created))
    return f"{seconds}.{int(record.msecs):03d}"
