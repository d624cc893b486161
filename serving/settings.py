"""Declares settings. `settings_reader` fills them from flags and environment variables.

A field's name makes its flag (`--max-num-seqs`) and, behind the program's prefix, its environment
variable (`NEMOTRON_VL_MAX_NUM_SEQS`); `aliases` are other variables that mean the same.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")


class Settings(BaseModel):
    """A group of settings or of further groups. Code fills it by field names, never by aliases."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=False,
        # A default is written as users write it: "auto".
        validate_default=True,
    )


def setting(
    default: Any, description: str, *, aliases: Sequence[str] = (), **constraints: Any
) -> Any:
    """One setting. The constraints are those of pydantic's Field."""
    return Field(
        default=default,
        description=description,
        validation_alias=AliasChoices(*aliases) if aliases else None,
        **constraints,
    )


def _auto_to_none(value: object) -> object:
    return None if value in ("auto", "-1", -1) else value


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(item for item in (part.strip() for part in value.split(",")) if item)


def _level(value: object) -> object:
    if not isinstance(value, str):
        return value
    return {"DEFAULT": "INFO", "TRACE": "DEBUG"}.get(value.upper(), value.upper())


# A value, or None where the program chooses; `auto` and -1 leave it to the program.
Auto = Annotated[T | None, BeforeValidator(_auto_to_none)]
# Several values, separated by commas.
Several = Annotated[tuple[T, ...], BeforeValidator(_split)]


class LogSettings(Settings):
    """How a process logs. A variable without the gateway's prefix sets both processes."""

    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_level)
    ] = setting(
        "INFO", "least severe level to log", aliases=["NEMOTRON_VL_LOG_LEVEL", "NIM_LOG_LEVEL"]
    )
    jsonl_logging: bool = setting(
        False,
        "log one JSON object per line instead of text",
        aliases=["NEMOTRON_VL_JSONL_LOGGING", "NIM_JSONL_LOGGING", "NIM_LOGGING_JSONL"],
    )
