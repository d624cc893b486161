"""Tools that assistants have for everyday errands, asked for without naming the tool.

"Put on Mozart" wants `play_music`: neither its verb nor its noun stands in the question.
"""

from collections.abc import Collection
from random import Random
from typing import Any

from tools.demo_model.tables import table
from tools.demo_model.talk.tools.schema import Parameter, Tool, choose_cases, describe_tool
from tools.demo_model.talk.tools.use import ToolUse, name_of
from tools.demo_model.talk.tools.values import draw_value
from tools.demo_model.talk.turn import asked

_ERRANDS = table("talk/tools/errand")
Errand = dict[str, Any]


def use_errand_tool(rng: Random) -> ToolUse:
    errand = rng.choice(_ERRANDS["errands"])
    tool = _describe(rng, errand)
    values = [draw_value(rng, parameter) for parameter in errand["parameters"]]
    question = asked(rng, errand["questions"], *values)
    schema = tool["function"]["parameters"]
    given = dict(zip(schema["required"], values, strict=True))
    answer = rng.choice(_ERRANDS["answers"])
    return ToolUse(
        question=question,
        purpose=errand["purpose"],
        tool=tool,
        arguments={name: given[name] for name in schema["properties"] if name in given},
        response=rng.choice(_ERRANDS["responses"]),
        answer=answer,
        expected=name_of(tool),
    )


def other_errand_tool(rng: Random, purposes: Collection[str]) -> Tool:
    """A tool for none of the given purposes."""
    fitting = [errand for errand in _ERRANDS["errands"] if errand["purpose"] not in purposes]
    return _describe(rng, rng.choice(fitting))


def _describe(rng: Random, errand: Errand) -> Tool:
    """The parameters that every question gives, which are required, in the errand's order."""
    case, parameter_case = choose_cases(rng)
    parameters = [
        Parameter(words=tuple(name.split()), type=parameter["type"], about=f"The {name}")
        for parameter in errand["parameters"]
        for name in [rng.choice(parameter["names"])]
    ]
    optional = rng.choice(_ERRANDS["optional_parameters"])
    if rng.random() < 0.35:
        parameters.append(
            Parameter(words=(optional,), type="string", about=optional, is_required=False)
        )
    name, about = case(rng.choice(errand["names"]).split()), rng.choice(errand["abouts"])
    return describe_tool(rng, name, about, parameters, parameter_case)
