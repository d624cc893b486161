"""How the authors of a checkpoint want it sampled, read from its generation_config.json.

Only what says how a token is chosen and which token ends a turn is read. Limits of a length, such
as max_new_tokens, are a request's own business.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference_server.checkpoint.errors import CheckpointError
from inference_server.checkpoint.json_file import JsonObject, read_json

_FILE = "generation_config.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationConfig:
    """Values for a request that sets none. temperature 0 is greedy; top_k 0 keeps all tokens."""

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    eos_token_ids: tuple[int, ...] = ()

    @classmethod
    def load(cls, path: Path, *, vocab_size: int) -> "GenerationConfig":
        """Reads a checkpoint folder, which need not have the file.

        Keys that are missing or null mean the neutral value. Raises CheckpointError for a value
        that a request could not have either.
        """
        file = path / _FILE
        if not file.exists():
            return cls()
        values = read_json(file).without_nulls()
        temperature = _within(values, "temperature", 1.0, 0.0, 100.0)
        top_p = _within(values, "top_p", 1.0, 0.0, 1.0)
        return cls(
            temperature=temperature if _is_sampled(values) else 0.0,
            top_p=top_p,
            top_k=_top_k(values),
            eos_token_ids=_eos_token_ids(values.get("eos_token_id", []), vocab_size),
        )


def _is_sampled(values: JsonObject) -> bool:
    value = values.get("do_sample", True)
    if not isinstance(value, bool):
        raise CheckpointError(f"{_FILE} has do_sample = {value!r}, which is not true or false.")
    return value


def _within(values: JsonObject, key: str, default: float, low: float, high: float) -> float:
    value = values.number(key, default)
    if not low <= value <= high:  # NaN is not either
        raise CheckpointError(
            f"{_FILE} has {key} = {value:g}; it must be from {low:g} to {high:g}."
        )
    return float(value)


def _top_k(values: JsonObject) -> int:
    value = values.integer("top_k", 0)
    if not -1 <= value < 2**31:
        raise CheckpointError(
            f"{_FILE} has top_k = {value}; it must be a number of tokens, or 0 or -1 for all."
        )
    return max(value, 0)


def _eos_token_ids(value: Any, vocab_size: int) -> tuple[int, ...]:
    """One id or a list of ids, as Hugging Face's libraries write it."""
    token_ids = value if isinstance(value, list) else [value]
    for token_id in token_ids:
        is_id = isinstance(token_id, int) and not isinstance(token_id, bool)
        if not is_id or not 0 <= token_id < vocab_size:
            raise CheckpointError(
                f"{_FILE} has eos_token_id = {value!r}; "
                f"it must be a token id from 0 to {vocab_size - 1}, or a list of them."
            )
    return tuple(dict.fromkeys(token_ids))
