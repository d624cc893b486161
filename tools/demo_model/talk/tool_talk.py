"""Conversations in which the model calls a tool and uses what it returns."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

from tools.demo_model import words
from tools.demo_model.objects import THINGS
from tools.demo_model.talk.english import article
from tools.demo_model.talk.turn import asked


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """A question, the call that it needs, what the tool returns, and the answer made of it."""

    question: str
    purpose: str
    tool: dict[str, Any]
    arguments: dict[str, Any]
    response: str
    answer: str
    expected: str


def use_tool(rng: Random) -> ToolUse:
    return rng.choice((_weather, _weather, _price, _price, _calculation, _time))(rng)


def price_of_thing(rng: Random, name: str) -> ToolUse:
    """The question about the one thing in a picture."""
    return _priced(rng, name, asked(rng, *_PICTURE_PRICE_QUESTIONS))


def other_tool(rng: Random, purposes: Iterable[str]) -> dict[str, Any]:
    """A tool for none of the given purposes."""
    fitting = sorted(_TOOL_BY_PURPOSE.keys() - set(purposes))
    return _TOOL_BY_PURPOSE[rng.choice(fitting)](rng)


def _weather(rng: Random) -> ToolUse:
    city = rng.choice(words.CITIES) if rng.random() < 0.8 else words.word(rng).capitalize()
    sky, degrees = rng.choice(_SKIES), rng.randint(-10, 38)
    question = asked(
        rng,
        f"What is the weather in {city}?",
        f"How is the weather in {city} today?",
        f"Is it warm in {city}?",
        f"What's the weather like in {city}?",
        f"Weather in {city}, please.",
        f"Tell me the temperature in {city}.",
    )
    response, answer = rng.choice(
        (
            (
                json.dumps({"temperature": degrees, "condition": sky}),
                f"It is {sky} in {city}, with {degrees} degrees.",
            ),
            (json.dumps({"temperature_c": degrees}), f"It is {degrees} degrees in {city}."),
            (f"{sky}, {degrees} degrees", f"It is {sky} in {city}, with {degrees} degrees."),
        )
    )
    tool = _weather_tool(rng)
    return ToolUse(
        question=question,
        purpose="weather",
        tool=tool,
        arguments={_first_argument(tool): city},
        response=response,
        answer=answer,
        expected=city,
    )


def _price(rng: Random) -> ToolUse:
    name = rng.choice(THINGS).name if rng.random() < 0.8 else rng.choice(words.BUSINESS)
    question = asked(
        rng,
        f"What is the price of {article(name)} {name}?",
        f"How much does {article(name)} {name} cost?",
        f"Look up the price of {article(name)} {name}.",
        f"How much is {article(name)} {name}?",
    )
    return _priced(rng, name, question)


def _priced(rng: Random, name: str, question: str) -> ToolUse:
    price = f"{rng.randint(1, 300)}.{rng.randint(0, 99):02d}"
    response = rng.choice(
        (json.dumps({"price": float(price)}), json.dumps({"item": name, "price": f"${price}"}))
    )
    if "$" not in response:
        price = str(float(price))
    tool = _price_tool(rng)
    return ToolUse(
        question=question,
        purpose="price",
        tool=tool,
        arguments={_first_argument(tool): name},
        response=response,
        answer=f"The {name} costs ${price}.",
        expected=name,
    )


def _calculation(rng: Random) -> ToolUse:
    one, other, sign = rng.randint(2, 999), rng.randint(2, 99), rng.choice("+-*")
    result = {"+": one + other, "-": one - other, "*": one * other}[sign]
    expression = f"{one} {sign} {other}"
    spoken = {"+": "plus", "-": "minus", "*": "times"}[sign]
    question = asked(
        rng,
        f"What is {expression}?",
        f"Calculate {expression}.",
        f"What is {one} {spoken} {other}?",
        f"How much is {expression}?",
        f"Compute {one} {spoken} {other}.",
    )
    tool = _calculator_tool(rng)
    return ToolUse(
        question=question,
        purpose="calculation",
        tool=tool,
        arguments={_first_argument(tool): expression},
        response=rng.choice((json.dumps({"result": result}), str(result))),
        answer=f"{expression} = {result}.",
        expected=expression,
    )


def _time(rng: Random) -> ToolUse:
    city = rng.choice(words.CITIES)
    clock = f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}"
    question = asked(
        rng, f"What time is it in {city}?", f"Tell me the time in {city}.", f"Time in {city}?"
    )
    tool = _time_tool(rng)
    return ToolUse(
        question=question,
        purpose="time",
        tool=tool,
        arguments={_first_argument(tool): city},
        response=rng.choice((json.dumps({"time": clock}), clock)),
        answer=f"It is {clock} in {city}.",
        expected=city,
    )


def _weather_tool(rng: Random) -> dict[str, Any]:
    name = rng.choice(("get_weather", "get_weather", "get_current_weather", "weather"))
    about = rng.choice(
        ("Get the current weather in a city", "Weather of a city", "Get the weather")
    )
    return _tool(rng, name, about, rng.choice(("city", "city", "location")))


def _price_tool(rng: Random) -> dict[str, Any]:
    name = rng.choice(("lookup_price", "lookup_price", "get_price", "price_of"))
    about = rng.choice(("Look up the price of an item", "Price of a product", "Find a price"))
    return _tool(rng, name, about, rng.choice(("item", "item", "product", "name")))


def _calculator_tool(rng: Random) -> dict[str, Any]:
    name = rng.choice(("calculator", "calculator", "calculate", "evaluate"))
    about = rng.choice(("Evaluate an arithmetic expression", "Calculate", "Simple arithmetic"))
    return _tool(rng, name, about, "expression")


def _time_tool(rng: Random) -> dict[str, Any]:
    name = rng.choice(("get_time", "current_time"))
    return _tool(rng, name, "Get the local time in a city", rng.choice(("city", "location")))


def _tool(rng: Random, name: str, about: str, argument: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if rng.random() < 0.4:
        schema["description"] = f"The {argument}"
    parameters = {"type": "object", "properties": {argument: schema}, "required": [argument]}
    function = {"name": name, "description": about, "parameters": parameters}
    return {"type": "function", "function": function}


def _first_argument(tool: dict[str, Any]) -> str:
    return tool["function"]["parameters"]["required"][0]


_TOOL_BY_PURPOSE: dict[str, Callable[[Random], dict[str, Any]]] = {
    "weather": _weather_tool,
    "price": _price_tool,
    "calculation": _calculator_tool,
    "time": _time_tool,
}
_SKIES = ("sunny", "cloudy", "rainy", "windy", "clear", "foggy", "snowy")
_PICTURE_PRICE_QUESTIONS = (
    "What is the price of the object in the picture?",
    "How much does the thing in the image cost?",
    "Look up the price of what you see.",
    "Find the price of the object shown.",
)
