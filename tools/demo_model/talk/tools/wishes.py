"""Arguments that tools take, with a value and the words in which somebody asks for it."""

from dataclasses import dataclass
from random import Random
from typing import Any

from tools.demo_model.catalog import words
from tools.demo_model.tables import table
from tools.demo_model.talk.english import number_word
from tools.demo_model.talk.tools.schema import Parameter
from tools.demo_model.talk.tools.values import Value, draw_value

_WISHES = table("talk/tools/wishes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A value for a parameter, and the phrase that says so: 'in Oslo', 'with breakfast'."""

    parameter: Parameter
    value: Value
    phrase: str


def make_wishes(rng: Random, count: int) -> list[Wish]:
    """`count` wishes for parameters of different names."""
    found: dict[tuple[str, ...], Wish] = {}
    while len(found) < count:
        wish = _any_wish(rng)
        found.setdefault(wish.parameter.words, wish)
    return list(found.values())


def _any_wish(rng: Random) -> Wish:
    if rng.random() < 0.25:
        return _plain(rng)
    match rng.choice(_WISHES["families"]):
        case "day":
            return _day(rng)
        case "stay":
            return _stay(rng)
        case "choice":
            return _choice(rng)
        case "switch":
            return _switch(rng)
        case family:
            return _wish(rng, _WISHES[family], draw_value(rng, _WISHES[family]))


def _wish(
    rng: Random,
    family: dict[str, Any],
    value: Value,
    choices: tuple[str, ...] = (),
    **names: str,
) -> Wish:
    """One of the family's names and phrases, which are format strings of the names."""
    name = rng.choice(family["names"]).format(**names)
    about = rng.choice((f"The {name}", f"the {name} to use", name.capitalize()))
    if choices and rng.random() < 0.5:
        about = f"One of {', '.join(choices)}"
    is_spelled = type(value) is int and 2 <= value <= 10 and rng.random() < 0.2
    text = number_word(int(value)) if is_spelled else str(value)
    return Wish(
        parameter=Parameter(
            words=tuple(name.split()), type=family["type"], about=about, choices=choices
        ),
        value=value,
        phrase=rng.choice(family["phrases"]).format(value=text, name=name, **names),
    )


def _day(rng: Random) -> Wish:
    relative = ("today", "tomorrow")
    day = rng.choice((words.date(rng), rng.choice(words.WEEKDAYS), rng.choice(relative)))
    return _wish(rng, _WISHES["relative_day" if day in relative else "day"], day)


def _stay(rng: Random) -> Wish:
    unit = rng.choice(_WISHES["stay"]["units"])
    return _wish(rng, _WISHES["stay"], rng.randint(2, 30), unit=unit)


def _choice(rng: Random) -> Wish:
    names, choices = rng.choice(_WISHES["choice"]["sets"])
    shown = tuple(rng.sample(choices, rng.randint(2, len(choices))))
    return _wish(rng, _WISHES["choice"] | {"names": names}, rng.choice(shown), shown)


def _switch(rng: Random) -> Wish:
    noun = rng.choice(_WISHES["switches"])
    is_on = rng.random() < 0.65
    return _wish(rng, _WISHES["switch_on" if is_on else "switch_off"], is_on, noun=noun)


def _plain(rng: Random) -> Wish:
    """A parameter of any name, which the user spells out."""
    spoken = words.word(rng)
    if rng.random() < 0.3:
        spoken = f"{spoken} {words.word(rng)}"
    type_name, value = rng.choice(
        (
            ("string", words.word(rng)),
            ("string", words.capitalized(rng)),
            ("string", words.code(rng)),
            ("integer", rng.randint(0, 1000)),
            ("number", round(rng.uniform(0, 50), 1)),
        )
    )
    return _wish(rng, _WISHES["plain"] | {"names": [spoken], "type": type_name}, value)
