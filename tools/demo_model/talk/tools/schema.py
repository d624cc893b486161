"""How tools describe themselves: JSON Schemas in the styles that programs write them in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

Tool = dict[str, Any]
Case = Callable[[Sequence[str]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """An argument of a tool; `words` are its name before it gets a case. No choices: any value."""

    words: tuple[str, ...]
    type: str
    about: str
    choices: tuple[str, ...] = ()
    is_required: bool = True


def snake_case(words: Sequence[str]) -> str:
    return "_".join(word.lower() for word in words)


def camel_case(words: Sequence[str]) -> str:
    return words[0].lower() + pascal_case(words[1:])


def pascal_case(words: Sequence[str]) -> str:
    return "".join(word.capitalize() for word in words)


def kebab_case(words: Sequence[str]) -> str:
    return "-".join(word.lower() for word in words)


_CASES: tuple[tuple[Case, Case], ...] = (
    (snake_case, snake_case),
    (camel_case, camel_case),
    (camel_case, snake_case),
    (pascal_case, snake_case),
    (kebab_case, snake_case),
)


def choose_cases(rng: Random) -> tuple[Case, Case]:
    """The case of the tool's name and that of its parameters' names."""
    return rng.choices(_CASES, (10, 5, 1, 1, 1))[0]


def describe_tool(
    rng: Random, name: str, about: str, parameters: Sequence[Parameter], case: Case
) -> Tool:
    """The tool as a chat template takes it, with or without everything that may be left out."""
    has_abouts, has_titles = rng.random() < 0.6, rng.random() < 0.1
    listed = list(parameters)
    if rng.random() < 0.3:
        rng.shuffle(listed)
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            case(parameter.words): _property(rng, parameter, has_abouts, has_titles)
            for parameter in listed
        },
    }
    required = [case(parameter.words) for parameter in parameters if parameter.is_required]
    if required or rng.random() < 0.3:
        schema["required"] = required
    if rng.random() < 0.15:
        schema["additionalProperties"] = False
    if rng.random() < 0.1:
        schema = dict(sorted(schema.items()))
    about = "" if rng.random() < 0.12 else about
    return {
        "type": "function",
        "function": {"name": name, "description": about, "parameters": schema},
    }


def _property(
    rng: Random, parameter: Parameter, has_about: bool, has_title: bool
) -> dict[str, Any]:
    parts: list[tuple[str, Any]] = [("type", parameter.type)]
    if has_about:
        parts.append(("description", parameter.about))
    if parameter.choices:
        parts.append(("enum", list(parameter.choices)))
    if has_title:
        parts.append(("title", " ".join(parameter.words).capitalize()))
    if rng.random() < 0.2:
        parts.reverse()
    return dict(parts)
