"""The keys that open the gateway, and the label of each, which names its caller."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from pathlib import Path

from http_gateway.config import GatewayConfig
from serving.settings_reader import SettingError

_LABEL = re.compile(r"[\w.@-]{1,64}", re.ASCII)


class Keys:
    """Keys by their digests. Several may have one label, as while a caller changes its key."""

    def __init__(self, keys: Iterator[tuple[str, str]]) -> None:
        """Takes pairs of a label, or none, and a key."""
        self._labels: dict[bytes, str] = {}
        for label, key in keys:
            digest = _digest(key)
            name = label or f"key-{digest.hex()[:8]}"
            if self._labels.setdefault(digest, name) != name:
                raise SettingError(
                    f"one key has two labels, {self._labels[digest]} and {name}; give it one"
                )

    def __bool__(self) -> bool:
        return bool(self._labels)

    def label_of(self, key: str) -> str | None:
        """The label of a key, None for an unknown one."""
        given = _digest(key)
        # Every key is compared, so that the time taken does not tell which one matched.
        found = [
            label for digest, label in self._labels.items() if hmac.compare_digest(given, digest)
        ]
        return found[0] if found else None


def read_keys(config: GatewayConfig) -> Keys:
    """All keys of the settings. Raises SettingError if the file cannot be read or has none."""
    return Keys(_pairs(config))


def _pairs(config: GatewayConfig) -> Iterator[tuple[str, str]]:
    for key in config.api_keys:
        yield "", key.get_secret_value()
    if config.api_keys_file is not None:
        yield from _from_file(config.api_keys_file)


def _from_file(path: Path) -> Iterator[tuple[str, str]]:
    try:
        lines = path.read_text().splitlines()
    except (OSError, ValueError) as error:
        raise SettingError(f"api_keys_file {path} cannot be read: {error}") from None
    keys = [
        _pair(line, f"api_keys_file {path}, line {number}")
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not keys:
        # The gateway would be open to all.
        raise SettingError(f"api_keys_file {path} has no key")
    yield from keys


def _pair(line: str, where: str) -> tuple[str, str]:
    label, key = ("", *line.split())[-2:]
    if len(line.split()) > 2 or (label and not _LABEL.fullmatch(label)):
        raise SettingError(
            f"{where} is neither a key nor a label of at most 64 letters, digits, "
            "'_', '.', '@' or '-', a blank, and a key"
        )
    return label, key


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="surrogateescape")).digest()
