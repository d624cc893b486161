"""The tools of every example: weather, prices, sums and the time, asked for in plain words."""

import json
from collections.abc import Callable, Iterable
from random import Random

from tools.demo_model import words
from tools.demo_model.objects import THINGS
from tools.demo_model.talk.english import article
from tools.demo_model.talk.tool_schema import Parameter, choose_cases, describe_tool
from tools.demo_model.talk.tool_use import Tool, ToolUse
from tools.demo_model.talk.turn import asked


def use_tool(rng: Random) -> ToolUse:
    return rng.choice((_weather, _weather, _price, _price, _calculation, _time))(rng)


def price_of_thing(rng: Random, name: str) -> ToolUse:
    """The question about the one thing in a picture."""
    return _priced(rng, name, asked(rng, *_PICTURE_PRICE_QUESTIONS))


def other_tool(rng: Random, purposes: Iterable[str]) -> Tool:
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
        f"Do I need an umbrella in {city}?",
        f"How cold is it in {city} right now?",
        f"I am going to {city}. How will the weather be?",
        f"{city} weather?",
        f"Check the weather for {city}.",
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
        f"What does {article(name)} {name} cost?",
        f"Price of {article(name)} {name}?",
        f"I want to buy {article(name)} {name}. What do I have to pay?",
        f"Find out how much {article(name)} {name} is.",
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
        f"{expression} = ?",
        f"I need the result of {expression}.",
        f"Work out {one} {spoken} {other}.",
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
        rng,
        f"What time is it in {city}?",
        f"Tell me the time in {city}.",
        f"Time in {city}?",
        f"How late is it in {city} now?",
        f"What is the local time in {city}?",
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


def _weather_tool(rng: Random) -> Tool:
    name = rng.choice(
        ("get weather", "get current weather", "weather", "fetch weather", "weather lookup")
    )
    about = rng.choice(
        ("Get the current weather in a city", "Weather of a city", "Get the weather")
    )
    return _tool(rng, name, about, rng.choice(("city", "city", "location", "place", "city name")))


def _price_tool(rng: Random) -> Tool:
    name = rng.choice(("lookup price", "get price", "price of", "find price", "product price"))
    about = rng.choice(("Look up the price of an item", "Price of a product", "Find a price"))
    return _tool(rng, name, about, rng.choice(("item", "item", "product", "name", "item name")))


def _calculator_tool(rng: Random) -> Tool:
    name = rng.choice(("calculator", "calculate", "evaluate", "eval expression", "do math"))
    about = rng.choice(("Evaluate an arithmetic expression", "Calculate", "Simple arithmetic"))
    return _tool(rng, name, about, rng.choice(("expression", "expression", "formula", "input")))


def _time_tool(rng: Random) -> Tool:
    name = rng.choice(("get time", "current time", "local time", "get local time"))
    about = rng.choice(("Get the local time in a city", "Time in a place"))
    return _tool(rng, name, about, rng.choice(("city", "location", "timezone city")))


def _tool(rng: Random, name: str, about: str, argument: str) -> Tool:
    case, parameter_case = choose_cases(rng)
    words_of_argument = tuple(argument.split())
    parameter = Parameter(words=words_of_argument, type="string", about=f"The {argument}")
    return describe_tool(rng, case(name.split()), about, [parameter], parameter_case)


def _first_argument(tool: Tool) -> str:
    return tool["function"]["parameters"]["required"][0]


_TOOL_BY_PURPOSE: dict[str, Callable[[Random], Tool]] = {
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
    "What would this cost me?",
    "How much is the thing that you see?",
    "Look at the picture and find out what the object costs.",
)
