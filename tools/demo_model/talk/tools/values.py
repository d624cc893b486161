"""Values for the arguments of tools, by the names that the data files call them."""

from collections.abc import Callable
from random import Random
from typing import Any

from tools.demo_model import words
from tools.demo_model.colours import COLOURS

Value = str | int | float | bool


def draw_value(rng: Random, parameter: dict[str, Any]) -> Value:
    """One of the parameter's `values`, a whole number of its `range`, or a `value` by its name."""
    if "values" in parameter:
        return rng.choice(parameter["values"])
    if "range" in parameter:
        return rng.randint(*parameter["range"])
    return _DRAW_BY_NAME[parameter["value"]](rng)


def _color(rng: Random) -> str:
    return rng.choice(COLOURS)


def _city(rng: Random) -> str:
    return rng.choice(words.CITIES)


def _place(rng: Random) -> str:
    pool = rng.choice((words.CITIES, words.CITIES, words.COUNTRIES))
    place = rng.choice(pool) if rng.random() < 0.8 else words.capitalized(rng)
    return f"{rng.choice(('New', 'San', 'Port', 'Saint'))} {place}" if rng.random() < 0.1 else place


def _name(rng: Random) -> str:
    return rng.choice(words.NAMES) if rng.random() < 0.5 else words.capitalized(rng)


def _full_name(rng: Random) -> str:
    name = rng.choice(words.NAMES)
    return f"{name} {words.capitalized(rng)}" if rng.random() < 0.3 else name


def _thing(rng: Random) -> str:
    return rng.choice(rng.choice((words.PRODUCTS, words.BUSINESS))).lower()


def _word(rng: Random) -> str:
    return words.word(rng).lower()


def _title(rng: Random) -> str:
    return " ".join(words.capitalized(rng) for _ in range(rng.randint(1, 2)))


def _phrase(rng: Random) -> str:
    return " ".join(_word(rng) for _ in range(rng.randint(1, 3)))


def _message(rng: Random) -> str:
    return " ".join(words.word(rng) for _ in range(rng.randint(2, 4))).capitalize()


def _mail(rng: Random) -> str:
    return f"{rng.choice(words.NAMES).lower()}@{_word(rng)}.{rng.choice(('com', 'org', 'net'))}"


def _mail_anywhere(rng: Random) -> str:
    name, host = rng.choice(words.NAMES).lower(), words.word(rng)
    return f"{name}@{host}.{rng.choice(('com', 'org'))}"


def _ticker(rng: Random) -> str:
    return "".join(rng.choices("ABCDEFGHIKLMNOPRSTVXYZ", k=rng.randint(3, 4)))


def _minutes(rng: Random) -> int:
    return rng.choice((rng.randint(2, 20), 5 * rng.randint(1, 18)))


def _amount(rng: Random) -> int:
    return rng.choice((rng.randint(2, 99), 50 * rng.randint(1, 20)))


def _quantity(rng: Random) -> int:
    return rng.randint(2, rng.choice((9, 20, 100)))


def _price_limit(rng: Random) -> float:
    return rng.choice((rng.randint(5, 900), round(rng.uniform(1, 99), 2)))


def _measure(rng: Random) -> float:
    return rng.choice((round(rng.uniform(0, 100), 1), rng.randint(1, 500)))


_DRAW_BY_NAME: dict[str, Callable[[Random], Value]] = {
    "amount": _amount,
    "city": _city,
    "clock": words.clock,
    "code": words.code,
    "color": _color,
    "full name": _full_name,
    "mail": _mail,
    "mail anywhere": _mail_anywhere,
    "measure": _measure,
    "message": _message,
    "minutes": _minutes,
    "name": _name,
    "phrase": _phrase,
    "place": _place,
    "price limit": _price_limit,
    "quantity": _quantity,
    "thing": _thing,
    "ticker": _ticker,
    "title": _title,
    "word": _word,
}
