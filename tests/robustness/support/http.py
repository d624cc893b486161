"""Bodies sent to the gateway, good ones and bad ones, and what its answers must be like."""

import json
from http.client import HTTPConnection
from typing import Any, Self

_TIMEOUT_S = 120.0
_ERROR_KEYS = {"message", "type", "param", "code"}


class Http:
    """One connection that stays open, unless an answer closes it."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)

    def chat(self, body: object) -> tuple[int, Any]:
        """The status and the body of the answer; `body` is JSON already where it is bytes."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", "/v1/chat/completions", data, headers)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._connection.close()


def fault_of(status: int, answer: Any, path: str | None = None) -> str | None:
    """What is wrong with a refusal: it must be a 4xx in OpenAI's form.

    Where a path is given, the refusal must name it, or what holds it.
    """
    if not 400 <= status < 500:
        return f"status {status}"
    error = answer.get("error", {})
    if error.keys() != _ERROR_KEYS or not error["message"]:
        return f"not an error of ours: {answer}"
    param = error["param"]
    if path is not None and not (param and (path + ".").startswith((param + ".", param + "["))):
        return f"names {param} and not {path}: {error['message']}"
    return None
