"""Numbers, plurals and lists as English writes them."""

from collections.abc import Sequence

_NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def number_word(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def some(count: int, name: str, plural: str) -> str:
    """'a dog', 'three dogs'."""
    return a(name) if count == 1 else f"{number_word(count)} {plural}"


def a(name: str) -> str:
    """'a dog', 'an owl'."""
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def listing(names: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def titled(noun: str, title: str) -> str:
    """'A bar chart titled "Sales"', without the title where there is none."""
    return f'{noun} titled "{title}"' if title else noun
