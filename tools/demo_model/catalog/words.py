"""Words for titles, labels and cells: common ones, rare ones and invented ones."""

import functools
import string
import zlib
from collections.abc import Callable, Sequence
from random import Random

from tools.demo_model.catalog import assets
from tools.demo_model.tables import table


def listed(text: str) -> tuple[str, ...]:
    """The words of a text that is a list of them."""
    return tuple(text.split())


_LISTS = {name: listed(text) for name, text in table("words").items()}
BUSINESS, LINKS, STEPS = _LISTS["business"], _LISTS["links"], _LISTS["steps"]
MONTHS, WEEKDAYS = _LISTS["months"], _LISTS["weekdays"]
CITIES, COUNTRIES, NAMES = _LISTS["cities"], _LISTS["countries"], _LISTS["names"]
PRODUCTS = _LISTS["products"]
_POOL_BY_NOUN = {
    "city": CITIES,
    "country": COUNTRIES,
    "person": NAMES,
    "region": _LISTS["places"],
    "product": PRODUCTS,
    "department": _LISTS["departments"],
    "fruit": _LISTS["fruits"],
}
_FAMILY_BY_NOUN = {
    "month": {*MONTHS, *(month[:3] for month in MONTHS)},
    "day": {*WEEKDAYS, *(day[:3] for day in WEEKDAYS)},
    "quarter": ("Q1", "Q2", "Q3", "Q4"),
    **_POOL_BY_NOUN,
}


@functools.cache
def dictionary() -> tuple[str, ...]:
    return tuple(assets.WORDS.read_text(encoding="utf-8").split())


def word(rng: Random) -> str:
    """A lower-case word: mostly of business, at times any, at times none at all."""
    roll = rng.random()
    if roll < 0.6:
        return rng.choice(BUSINESS)
    if roll < 0.91:
        return rng.choice(dictionary())
    return "".join(rng.choices(_LISTS["syllables"], k=rng.randint(2, 3)))


def capitalized(rng: Random) -> str:
    return word(rng).capitalize()


def distinct_words(rng: Random, count: int) -> list[str]:
    """`count` capitalized words of at most nine letters."""
    found: dict[str, None] = {}
    while len(found) < count:
        candidate = word(rng)
        if len(candidate) <= 9:
            found[candidate.capitalize()] = None
    return list(found)


def title(rng: Random, *, is_held_out: bool, max_words: int = 4) -> str:
    """One to four words in some case. A tenth of all titles is kept for the evaluation."""
    while True:
        text = _title(rng, max_words)
        if (zlib.crc32(text.lower().encode()) % 10 == 0) == is_held_out:
            return text


def number(rng: Random) -> str:
    """A number as it is written in documents."""
    return rng.choice(
        (
            str(rng.randint(0, 99)),
            str(rng.randint(100, 9999)),
            f"{rng.randint(1, 99)},{rng.randint(0, 999):03d}",
            f"{rng.randint(0, 99)}.{rng.randint(0, 99):02d}",
            f"${rng.randint(1, 999)}.{rng.randint(0, 99):02d}",
            f"{rng.randint(1, 100)}%",
        )
    )


def date(rng: Random) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1995, 2035)
    name = MONTHS[month - 1]
    return rng.choice(
        (
            f"{name} {day}, {year}",
            f"{day} {name} {year}",
            f"{year}-{month:02d}-{day:02d}",
            f"{day:02d}.{month:02d}.{year}",
            f"{month:02d}/{day:02d}/{year}",
            f"{name} {year}",
        )
    )


def clock(rng: Random) -> str:
    """'07:45', on a quarter of an hour."""
    return f"{rng.randint(0, 23):02d}:{rng.choice((0, 15, 30, 45)):02d}"


def code(rng: Random) -> str:
    """Letters and digits that mean nothing, so that reading cannot be guessing."""
    letters = "".join(rng.choices(string.ascii_uppercase, k=rng.randint(1, 4)))
    return f"{letters}{rng.choice(('', '-'))}{rng.randint(1, 99999)}"


def categories(rng: Random, count: int) -> list[str]:
    """`count` different names of one family, as under the bars of a chart."""
    names = rng.choices(_FAMILIES, _FAMILY_WEIGHTS)[0](rng, count)
    # Some programs write all in capitals or all small.
    roll = rng.random()
    if roll < 0.04:
        return [name.upper() for name in names]
    return [name.lower() for name in names] if roll < 0.06 else names


def family_of(names: Sequence[str]) -> str:
    """The kind of the names, 'month' or 'city', or nothing."""
    for noun, family in _FAMILY_BY_NOUN.items():
        if all(name in family for name in names):
            return noun
    is_year = all(name.isdigit() and 1900 < int(name) < 2100 for name in names)
    return "year" if is_year else ""


def _years(rng: Random, count: int) -> list[str]:
    start, step = rng.randint(1990, 2025), rng.choice((1, 1, 1, 2, 5))
    return [str(start + step * index) for index in range(count)]


def _months(rng: Random, count: int) -> list[str]:
    start = rng.randrange(12) if rng.random() < 0.5 else 0
    months = [MONTHS[(start + index) % 12] for index in range(count)]
    return [month[:3] for month in months] if rng.random() < 0.6 else months


def _weekdays(rng: Random, count: int) -> list[str]:
    cut = rng.choice((3, 3, 9))
    days = [day[:cut] for day in WEEKDAYS]
    return days[:count] if count <= len(days) else _months(rng, count)


def _quarters(rng: Random, count: int) -> list[str]:
    if count > 4 or rng.random() < 0.3:
        year = rng.randint(15, 30)
        return [f"Q{index % 4 + 1} {year + index // 4}" for index in range(count)]
    return [f"Q{index + 1}" for index in range(count)]


def _lettered(rng: Random, count: int) -> list[str]:
    """'Team A', 'Item 1', 'A', 'T3': a word or a letter and what counts up."""
    word_before = rng.choice(_LISTS["lettered"])
    is_digit = rng.random() < 0.5
    ends = string.digits[1:] if is_digit else string.ascii_uppercase
    roll = rng.random()
    if roll < 0.3 and not is_digit:
        return list(ends[:count])
    if roll < 0.5:
        return [f"{word_before[0]}{index + 1}" for index in range(count)]
    return [f"{word_before} {ends[index]}" for index in range(count)]


def _pooled(rng: Random, count: int) -> list[str]:
    pools = [pool for pool in _POOL_BY_NOUN.values() if len(pool) >= count]
    return rng.sample(rng.choice(pools), count)


def _spans(rng: Random, count: int) -> list[str]:
    """Ranges as of ages: '0-9', '10-19'."""
    step = rng.choice((5, 10, 20))
    return [f"{step * index}-{step * (index + 1) - 1}" for index in range(count)]


def _word_pairs(rng: Random, count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found[f"{capitalized(rng)[:8]} {rng.choice(BUSINESS)[:7].capitalize()}"] = None
    return list(found)


_FAMILIES: tuple[Callable[[Random, int], list[str]], ...] = (
    *(_years, _months, _weekdays, _quarters, _lettered, _pooled, _spans, _word_pairs),
    distinct_words,
)
_FAMILY_WEIGHTS = (8, 9, 5, 7, 10, 34, 2, 3, 22)


def _title(rng: Random, max_words: int) -> str:
    count = min(rng.choices((1, 2, 3, 4), (2, 5, 4, 2))[0], max_words)
    words = [word(rng) for _ in range(count)]
    if count >= 3 and rng.random() < 0.5:
        words[rng.randrange(1, count - 1)] = rng.choice(LINKS)
    if count >= 2 and rng.random() < 0.15:
        words[-1] = str(rng.randint(1990, 2035))
    if rng.random() < 0.04:
        words[rng.randrange(count)] = code(rng)
    if count >= 2 and rng.random() < 0.1:
        words[0] += rng.choice((" &", ":", " and", " -", ","))
    elif rng.random() < 0.04:
        words[-1] = f"({words[-1]})"
    cases = (_capitalized, string.capwords, str.capitalize, str.upper, str.lower)
    case = rng.choices(cases, (8, 3, 3, 1.8, 0.7))[0]
    return case(" ".join(words))


def _capitalized(text: str) -> str:
    words = text.split()
    return " ".join(part if part in LINKS else part[0].upper() + part[1:] for part in words)
