"""Arguments that tools take, with a value and the words in which somebody asks for it."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tools.demo_model import words
from tools.demo_model.colors import COLORS
from tools.demo_model.talk.english import number_word
from tools.demo_model.talk.tool_schema import Parameter

Value = str | int | float | bool


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
        make = _plain if rng.random() < 0.25 else rng.choice(_FAMILIES)
        wish = make(rng)
        found.setdefault(wish.parameter.words, wish)
    return list(found.values())


def _wish(
    rng: Random,
    names: str,
    type_name: str,
    value: Value,
    phrases: str,
    choices: tuple[str, ...] = (),
) -> Wish:
    """Names and phrases are alternatives with bars between them, $ stands for the value."""
    name = tuple(rng.choice(names.split("|")).split())
    spoken = " ".join(name)
    about = rng.choice((f"The {spoken}", f"the {spoken} to use", spoken.capitalize()))
    if choices and rng.random() < 0.5:
        about = f"One of {', '.join(choices)}"
    parameter = Parameter(words=name, type=type_name, about=about, choices=choices)
    is_spelled = type(value) is int and 2 <= value <= 10 and rng.random() < 0.2
    text = number_word(int(value)) if is_spelled else str(value)
    phrase = rng.choice(phrases.split("|")).replace("$", text).replace("#", spoken)
    return Wish(parameter=parameter, value=value, phrase=phrase)


def _place(rng: Random) -> Wish:
    pool = rng.choice((words.CITIES, words.CITIES, words.COUNTRIES))
    place = rng.choice(pool) if rng.random() < 0.8 else words.word(rng).capitalize()
    if rng.random() < 0.1:
        place = f"{rng.choice(('New', 'San', 'Port', 'Saint'))} {place}"
    return _wish(rng, "city|location|place|town|region|area", "string", place, "in $|for $|near $")


def _way(rng: Random) -> Wish:
    names = "destination|to|target|to city|arrival"
    return _wish(rng, names, "string", rng.choice(words.CITIES), "to $|going to $")


def _start(rng: Random) -> Wish:
    names = "origin|source|from city|start|departure"
    return _wish(rng, names, "string", rng.choice(words.CITIES), "from $|starting in $")


def _day(rng: Random) -> Wish:
    day = rng.choice(
        (words.date(rng), rng.choice(words.WEEKDAYS), rng.choice(("today", "tomorrow")))
    )
    is_relative = day in ("today", "tomorrow")
    return _wish(rng, "date|day|when|start date", "string", day, "$" if is_relative else "on $")


def _clock(rng: Random) -> Wish:
    return _wish(rng, "time|start time|at|hour", "string", words.clock(rng), "at $")


def _person(rng: Random) -> Wish:
    name = rng.choice(words.NAMES)
    if rng.random() < 0.3:
        name = f"{name} {words.word(rng).capitalize()}"
    names = "name|person|recipient|customer|user|contact|employee|guest name|username"
    return _wish(rng, names, "string", name, "for $|for $|of $")


def _thing(rng: Random) -> Wish:
    pool = rng.choice((words.PRODUCTS, words.BUSINESS))
    thing = rng.choice(pool).lower()
    names = "item|product|article|subject|topic|query|keyword|search term|title"
    return _wish(rng, names, "string", thing, "about $|on $|for $|with the word $")


def _quantity(rng: Random) -> Wish:
    names = "count|quantity|num items|limit|max results|number|amount|n|top k"
    value = rng.randint(2, rng.choice((9, 20, 100)))
    return _wish(rng, names, "integer", value, "$ times|with a # of $|, # $|# $")


def _people(rng: Random) -> Wish:
    names = "guests|people|num guests|party size|passengers|seats|persons"
    return _wish(rng, names, "integer", rng.randint(2, 9), "for $ people|for $ guests|for $")


def _stay(rng: Random) -> Wish:
    unit = rng.choice(("nights", "days", "hours", "minutes", "weeks"))
    names = f"{unit}|num {unit}|duration {unit}"
    return _wish(rng, names, "integer", rng.randint(2, 30), f"for $ {unit}|over $ {unit}")


def _limit(rng: Random) -> Wish:
    names = "max price|budget|price limit|max cost"
    value = rng.choice((rng.randint(5, 900), round(rng.uniform(1, 99), 2)))
    return _wish(rng, names, "number", value, "under $ dollars|for at most $|below $|up to $ euros")


def _measure(rng: Random) -> Wish:
    names = "value|weight|temperature|length|distance|rate|width|score|level"
    value = rng.choice((round(rng.uniform(0, 100), 1), rng.randint(1, 500)))
    return _wish(rng, names, "number", value, "with # $|with a # of $|at $|for $")


def _choice(rng: Random) -> Wish:
    names, choices = rng.choice(_CHOICES)
    shown = tuple(rng.sample(choices, rng.randint(2, len(choices))))
    return _wish(rng, names, "string", rng.choice(shown), "in $|as $|with # $|using $", shown)


def _color(rng: Random) -> Wish:
    return _wish(rng, "color|colour|paint", "string", rng.choice(COLORS), "in $|in the color $")


def _switch(rng: Random) -> Wish:
    noun = rng.choice(_SWITCHES)
    is_on = rng.random() < 0.65
    phrases = f"with {noun}|including {noun}" if is_on else f"without {noun}|but no {noun}"
    names = f"{noun}|with {noun}|include {noun}|has {noun}"
    return _wish(rng, names, "boolean", is_on, phrases)


def _code(rng: Random) -> Wish:
    names = "id|code|order id|reference|number|account id|tracking number|sku|ticket id"
    return _wish(rng, names, "string", words.code(rng), "$|with the number $|with # $|for $")


def _mail(rng: Random) -> Wish:
    name, host = rng.choice(words.NAMES).lower(), words.word(rng)
    names = "email|to|recipient|address|email address"
    return _wish(rng, names, "string", f"{name}@{host}.{rng.choice(('com', 'org'))}", "to $|for $")


def _message(rng: Random) -> Wish:
    text = " ".join(words.word(rng) for _ in range(rng.randint(2, 4))).capitalize()
    names = "message|text|body|note|content|comment"
    return _wish(rng, names, "string", text, 'saying "$"|with the text "$"|that says: $')


def _plain(rng: Random) -> Wish:
    """A parameter of any name, which the user spells out."""
    name = words.word(rng)
    if rng.random() < 0.3:
        name = f"{name} {words.word(rng)}"
    phrases = "with # $|with the # $|, # $|where # is $|, # = $|and # $|with a # of $"
    type_name, value = rng.choice(
        (
            ("string", words.word(rng)),
            ("string", words.word(rng).capitalize()),
            ("string", words.code(rng)),
            ("integer", rng.randint(0, 1000)),
            ("number", round(rng.uniform(0, 50), 1)),
        )
    )
    return _wish(rng, name, type_name, value, phrases)


_FAMILIES: tuple[Callable[[Random], Wish], ...] = (
    *(_place, _place, _place, _way, _start, _day, _day, _clock, _person, _person, _thing, _thing),
    *(_quantity, _people, _stay, _limit, _measure, _choice, _choice, _color, _switch, _switch),
    *(_code, _mail, _message),
)
_CHOICES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("unit|units|scale", ("celsius", "fahrenheit", "kelvin")),
    ("unit|units", ("metric", "imperial")),
    ("currency|target currency", ("USD", "EUR", "GBP", "JPY", "CHF")),
    ("language|lang", ("English", "German", "French", "Spanish", "Italian")),
    ("language|lang", ("en", "de", "fr", "es", "it")),
    ("format|output format|type", ("pdf", "csv", "json", "xml", "html")),
    ("size", ("small", "medium", "large")),
    ("priority|level|urgency", ("low", "normal", "high", "urgent")),
    ("mode|transport", ("car", "train", "bus", "bike", "walking")),
    ("class|category", ("economy", "business", "first")),
    ("period|interval", ("daily", "weekly", "monthly", "yearly")),
    ("order|sort", ("ascending", "descending")),
    ("status|state", ("open", "closed", "pending")),
)
_SWITCHES = words.listed("""breakfast parking details images delivery insurance notifications taxes
history pets comments archive tips captions tracking sound""")
