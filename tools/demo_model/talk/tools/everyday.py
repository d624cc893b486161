"""The tools of every example: weather, prices, sums and the time, asked for in plain words."""

from collections.abc import Iterable
from random import Random

from tools.demo_model.catalog import words
from tools.demo_model.catalog.objects import THINGS
from tools.demo_model.tables import table
from tools.demo_model.talk.english import a
from tools.demo_model.talk.tools.schema import Parameter, Tool, choose_cases, describe_tool
from tools.demo_model.talk.tools.use import ToolUse
from tools.demo_model.talk.turn import asked

_TOOLS = table("talk/tools/everyday")
_SIGNS = {"+": "plus", "-": "minus", "*": "times"}


def use_everyday_tool(rng: Random) -> ToolUse:
    return rng.choice((_weather, _weather, _price, _price, _calculation, _time))(rng)


def price_of_thing(rng: Random, name: str) -> ToolUse:
    """The question about the one thing in a picture."""
    return _priced(rng, name, asked(rng, _TOOLS["price"]["picture_questions"]))


def other_everyday_tool(rng: Random, purposes: Iterable[str]) -> Tool:
    """A tool for none of the given purposes."""
    return _tool(rng, rng.choice(sorted(_TOOLS.keys() - set(purposes))))


def _weather(rng: Random) -> ToolUse:
    city = rng.choice(words.CITIES) if rng.random() < 0.8 else words.capitalized(rng)
    sky, degrees = rng.choice(_TOOLS["weather"]["skies"]), rng.randint(-10, 38)
    question = asked(rng, _TOOLS["weather"]["questions"], city=city)
    reply = _reply(rng, "weather", city=city, sky=sky, degrees=degrees)
    return _use("weather", city, question, _tool(rng, "weather"), reply)


def _price(rng: Random) -> ToolUse:
    name = rng.choice(THINGS).name if rng.random() < 0.8 else rng.choice(words.BUSINESS)
    return _priced(rng, name, asked(rng, _TOOLS["price"]["questions"], thing=a(name)))


def _priced(rng: Random, name: str, question: str) -> ToolUse:
    price = f"{rng.randint(1, 300)}.{rng.randint(0, 99):02d}"
    reply = _reply(rng, "price", name=name, price=price, number=str(float(price)))
    return _use("price", name, question, _tool(rng, "price"), reply)


def _calculation(rng: Random) -> ToolUse:
    one, other, sign = rng.randint(2, 999), rng.randint(2, 99), rng.choice("+-*")
    result = {"+": one + other, "-": one - other, "*": one * other}[sign]
    term, spoken = f"{one} {sign} {other}", f"{one} {_SIGNS[sign]} {other}"
    question = asked(rng, _TOOLS["calculation"]["questions"], term=term, spoken=spoken)
    tool = _tool(rng, "calculation")
    reply = _reply(rng, "calculation", term=term, result=result)
    return _use("calculation", term, question, tool, reply)


def _time(rng: Random) -> ToolUse:
    city = rng.choice(words.CITIES)
    clock = f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}"
    question = asked(rng, _TOOLS["time"]["questions"], city=city)
    tool = _tool(rng, "time")
    return _use("time", city, question, tool, _reply(rng, "time", city=city, clock=clock))


def _reply(rng: Random, purpose: str, **names: str | int) -> tuple[str, str]:
    """The result of the tool and the answer made from it."""
    response, answer = rng.choice(_TOOLS[purpose]["replies"])
    return response.format(**names), answer.format(**names)


def _tool(rng: Random, purpose: str) -> Tool:
    entry = _TOOLS[purpose]
    name, about = rng.choice(entry["names"]), rng.choice(entry["abouts"])
    argument = rng.choice(entry["arguments"])
    case, parameter_case = choose_cases(rng)
    parameter = Parameter(words=tuple(argument.split()), type="string", about=f"The {argument}")
    return describe_tool(rng, case(name.split()), about, [parameter], parameter_case)


def _use(purpose: str, argument: str, question: str, tool: Tool, reply: tuple[str, str]) -> ToolUse:
    response, answer = reply
    return ToolUse(
        question=question,
        purpose=purpose,
        tool=tool,
        arguments={tool["function"]["parameters"]["required"][0]: argument},
        response=response,
        answer=answer,
        expected=argument,
    )
