"""Reads a checkpoint's JSON files; every error names the file and the key."""

import json
from pathlib import Path
from typing import Any

from inference_server.checkpoint.errors import CheckpointError


class JsonObject:
    """A JSON object in a file. Raises CheckpointError for values that are missing or invalid."""

    def __init__(self, values: Any, name: str) -> None:
        if not isinstance(values, dict):
            raise CheckpointError(f"{name} is not a JSON object.")
        self._values = values
        self._name = name

    def get(self, key: str, default: Any = None) -> Any:
        return self._values.get(key, default)

    def __getitem__(self, key: str) -> Any:
        if key not in self._values:
            raise CheckpointError(f"{self._name} has no {key}.")
        return self._values[key]

    def without_nulls(self) -> "JsonObject":
        """The same object without the keys whose value is null."""
        given = {key: value for key, value in self._values.items() if value is not None}
        return JsonObject(given, self._name)

    def section(self, key: str) -> "JsonObject":
        return JsonObject(self[key], f"{self._name}: {key}")

    def number(self, key: str, default: float | None = None) -> float:
        value = self[key] if default is None else self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise CheckpointError(f"{self._name} has {key} = {value!r}, which is not a number.")
        return value

    def integer(self, key: str, default: int | None = None) -> int:
        value = self.number(key, default)
        if not isinstance(value, int):
            raise CheckpointError(f"{self._name} has {key} = {value!r}, which is not an integer.")
        return value

    def size(self, key: str, default: int | None = None) -> int:
        value = self.integer(key, default)
        if value < 1:
            raise CheckpointError(f"{self._name} has {key} = {value}, which is less than 1.")
        return value

    def numbers(self, key: str, count: int) -> tuple[float, ...]:
        values = self[key]
        if (
            not isinstance(values, list)
            or len(values) != count
            or not all(isinstance(value, int | float) for value in values)
        ):
            raise CheckpointError(f"{self._name} has {key} = {values!r}, not {count} numbers.")
        return tuple(map(float, values))

    def text(self, key: str) -> str:
        value = self[key]
        if not isinstance(value, str):
            raise CheckpointError(f"{self._name} has {key} = {value!r}, which is not a string.")
        return value

    def expect(self, key: str, value: Any) -> None:
        """Raises CheckpointError if the key is there with another value."""
        found = self.get(key, value)
        if found != value:
            raise CheckpointError(
                f"{self._name} has {key} = {found!r}, but only {value!r} is supported."
            )


def read_json(file: Path) -> JsonObject:
    """The object in a file. Python's parser accepts the Infinity in the released one."""
    try:
        return JsonObject(json.loads(file.read_text(encoding="utf-8")), file.name)
    except FileNotFoundError:
        raise CheckpointError(f"{file.parent} has no {file.name}.") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{file} is not JSON: {error}.") from None
