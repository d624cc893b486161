"""What there is to say about pie charts."""

from random import Random

from tools.demo_model import words
from tools.demo_model.pictures.charts.pie_chart import PieFacts
from tools.demo_model.talk.english import listing, number_word
from tools.demo_model.talk.kind_talk import named
from tools.demo_model.talk.superlative import ask_for_least, ask_for_most
from tools.demo_model.talk.turn import Turn, asked


def caption_pie(rng: Random, facts: PieFacts) -> str:
    start = named("A pie chart", facts.title)
    count = number_word(len(facts.names))
    largest = _largest(facts)
    share = f" with {max(facts.shares)}%" if facts.has_shares else ""
    if rng.random() < 0.5:
        return (
            f"{start} with {count} slices: {listing(facts.names)}. {largest} is the largest{share}."
        )
    return (
        f"{start}. It has {count} slices for {listing(facts.names)}. "
        f"The largest slice is {largest}{share}."
    )


def ask_pie(rng: Random, facts: PieFacts) -> Turn:
    choices = [_ask_largest, _ask_largest, _ask_smallest, _ask_slice_count, _ask_slice_color]
    if facts.has_shares:
        choices += [_ask_share]
    return rng.choice(choices)(rng, facts)


def _ask_largest(rng: Random, facts: PieFacts) -> Turn:
    question = ask_for_most(rng, _nouns(facts), ("biggest",), about="share")
    largest = _largest(facts)
    return Turn(
        question=question,
        answer=f"The largest slice is {largest}.",
        skill="largest slice",
        expected=largest,
        thought=f"The slices are {listing(facts.names)}. {largest} takes the most room.",
    )


def _nouns(facts: PieFacts) -> tuple[str, ...]:
    family = words.family_of(facts.names)
    return ("slice", "slice", "part", "segment", "category", *((family,) if family else ()))


def _ask_smallest(rng: Random, facts: PieFacts) -> Turn:
    question = ask_for_least(rng, _nouns(facts), ("thinnest",))
    smallest = facts.names[facts.shares.index(min(facts.shares))]
    return Turn(
        question=question,
        answer=f"The smallest slice is {smallest}.",
        skill="smallest slice",
        expected=smallest,
        thought=f"The slices are {listing(facts.names)}. {smallest} takes the least room.",
    )


def _ask_slice_count(rng: Random, facts: PieFacts) -> Turn:
    count = number_word(len(facts.names))
    question = asked(
        rng, "How many slices are there?", "How many parts does the pie have?", "Count the slices."
    )
    return Turn(
        question=question,
        answer=f"There are {count} slices.",
        skill="chart count",
        expected=count,
        thought=f"I count the slices by color: {listing(facts.colors)}.",
    )


def _ask_slice_color(rng: Random, facts: PieFacts) -> Turn:
    index = rng.randrange(len(facts.names))
    name, color = facts.names[index], facts.colors[index]
    if rng.random() < 0.5:
        question = asked(rng, f"What color is the slice of {name}?", f"Which color is {name}?")
        answer = f"The slice of {name} is {color}."
        return Turn(question=question, answer=answer, skill="legend", expected=color)
    question = asked(rng, f"Which slice is {color}?", f"What does the {color} slice show?")
    answer = f"The {color} slice is {name}."
    return Turn(question=question, answer=answer, skill="legend", expected=name)


def _ask_share(rng: Random, facts: PieFacts) -> Turn:
    index = rng.randrange(len(facts.names))
    name, share = facts.names[index], f"{facts.shares[index]}%"
    question = asked(
        rng, f"What is the share of {name}?", f"How large is {name}?", f"What per cent is {name}?"
    )
    return Turn(question=question, answer=f"{name} has {share}.", skill="value", expected=share)


def _largest(facts: PieFacts) -> str:
    return facts.names[facts.shares.index(max(facts.shares))]
