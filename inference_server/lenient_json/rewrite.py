"""Writes valid JSON anew, in the one form that the model writes."""

import json
from typing import NoReturn

from inference_server.lenient_json.reader import JsonReader
from inference_server.lenient_json.writer import JsonWriter


def rewritten(text: str) -> str:
    """An object or array in the model's form: keys in their order, numbers digit by digit.

    Text that is something else, or not valid JSON, stays as it is.
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text
    if not isinstance(value, dict | list):
        return text
    reader, writer = JsonReader(), JsonWriter()
    events, _ = reader.push(text)
    return "".join(map(writer.write, events))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
