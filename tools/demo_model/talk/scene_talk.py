"""What there is to say about scenes of shapes and of objects."""

from collections import Counter
from collections.abc import Callable
from random import Random

from tools.demo_model.classes import FORMS
from tools.demo_model.objects import THINGS
from tools.demo_model.pictures.scene import Item, SceneFacts
from tools.demo_model.pictures.shape_scene import plural_form
from tools.demo_model.talk.english import article, is_or_are, listing, number_word, some
from tools.demo_model.talk.position_talk import ask_order, ask_place, place_of, stand_apart
from tools.demo_model.talk.turn import Turn, asked

Ask = Callable[[Random, SceneFacts], Turn | None]


def caption_scene(rng: Random, facts: SceneFacts) -> str:
    end = ""
    if facts.background:
        end = f" on {article(facts.background)} {facts.background} background"
    items = facts.items
    if len(items) == 1:
        place = place_of(items[0])
        where = f" {place}" if place and rng.random() < 0.6 else ""
        return f"A picture of {some(1, look(items[0]), '')}{where}{end}."
    if len(items) == 2 and look(items[0]) != look(items[1]) and rng.random() < 0.5:
        left, right = sorted(items, key=lambda item: item.x)
        if stand_apart(left.x, right.x):
            start = f"A picture of {article(look(left))} {look(left)}"
            return f"{start} to the left of {article(look(right))} {look(right)}{end}."
    return f"A picture of {contents(facts)}{end}."


def contents(facts: SceneFacts) -> str:
    """Everything in the scene, grouped, from the left."""
    ordered = sorted(facts.items, key=lambda item: item.x)
    groups = Counter((item.name, item.colour) for item in ordered)
    if len(groups) <= 4:
        plurals = {item.name: item.plural for item in ordered}
        return listing(
            [
                some(count, f"{colour} {name}".strip(), f"{colour} {plurals[name]}".strip())
                for (name, colour), count in groups.items()
            ]
        )
    forms = Counter((item.name, item.plural) for item in ordered)
    parts = [some(count, name, plural) for (name, plural), count in forms.items()]
    return f"{listing(parts)} in different colors"


def look(item: Item) -> str:
    """'red circle', 'dog'."""
    return f"{item.colour} {item.name}".strip()


def ask_scene(rng: Random, facts: SceneFacts) -> Turn:
    choices: list[Ask] = [_ask_count, _ask_count, _ask_count_of_name, _ask_count_of_name]
    choices += [_ask_contents, _ask_existence, ask_place, ask_order, _ask_largest]
    if facts.background:
        choices.append(_ask_background)
    if facts.subject == "shapes":
        choices += [_ask_colour] * 6 + [_ask_count_of_colour, _ask_form, _ask_form]
    return rng.choice(choices)(rng, facts) or _ask_count(rng, facts)


def _ask_count(rng: Random, facts: SceneFacts) -> Turn:
    count, noun = len(facts.items), facts.subject
    question = asked(
        rng,
        f"How many {noun} are there?",
        f"How many {noun} are in the picture?",
        f"How many {noun} do you see?",
        f"Count the {noun}.",
        f"What is the number of {noun}?",
        f"How many {noun} does the image show?",
    )
    return _counted(question, count, noun[:-1], noun, list(facts.items))


def _ask_count_of_name(rng: Random, facts: SceneFacts) -> Turn:
    item = rng.choice(facts.items)
    name, plural = item.name, item.plural
    if rng.random() < 0.1:
        name, plural = _absent(rng, facts)
    found = [item for item in facts.items if item.name == name]
    question = asked(
        rng,
        f"How many {plural} are there?",
        f"How many {plural} are in the picture?",
        f"How many {plural} do you see?",
        f"Count the {plural}.",
        f"How many {plural} does the image show?",
    )
    return _counted(question, len(found), name, plural, found)


def _ask_count_of_colour(rng: Random, facts: SceneFacts) -> Turn:
    colour = rng.choice(facts.items).colour
    found = [item for item in facts.items if item.colour == colour]
    question = asked(rng, f"How many {colour} shapes are there?", f"How many shapes are {colour}?")
    return _counted(question, len(found), f"{colour} shape", f"{colour} shapes", found)


def _counted(question: str, count: int, name: str, plural: str, found: list[Item]) -> Turn:
    shown = name if count == 1 else plural
    names = listing([f"{article(look(item))} {look(item)}" for item in _from_left(found)])
    return Turn(
        question=question,
        answer=f"There {is_or_are(count)} {number_word(count)} {shown}.",
        skill="count",
        expected=number_word(count),
        thought=f"From left to right I see {names or 'none of them'}. That makes {count}.",
    )


def _ask_contents(rng: Random, facts: SceneFacts) -> Turn:
    question = asked(
        rng,
        f"Which {facts.subject} do you see?",
        f"What {facts.subject} are in the picture?",
        "What is in the picture?",
        "What do you see in this picture?",
        f"List the {facts.subject}.",
    )
    found = contents(facts)
    return Turn(question=question, answer=f"I see {found}.", skill="contents", expected=found)


def _ask_existence(rng: Random, facts: SceneFacts) -> Turn:
    if rng.random() < 0.5:
        name = rng.choice(facts.items).name
        answer, expected = f"Yes, there is {article(name)} {name}.", "Yes"
        if sum(item.name == name for item in facts.items) > 1:
            answer = f"Yes, there are {next(i.plural for i in facts.items if i.name == name)}."
    else:
        name, plural = _absent(rng, facts)
        answer, expected = f"No, there are no {plural}.", "No"
    question = asked(
        rng,
        f"Is there {article(name)} {name} in the picture?",
        f"Do you see {article(name)} {name}?",
        f"Is there any {name}?",
        f"Does the image show {article(name)} {name}?",
    )
    return Turn(question=question, answer=answer, skill="existence", expected=expected)


def _ask_colour(rng: Random, facts: SceneFacts) -> Turn | None:
    item = rng.choice(facts.items)
    alike = [other for other in facts.items if other.name == item.name]
    if len({other.colour for other in alike}) > 1:
        return None
    verb, name = ("is", item.name) if len(alike) == 1 else ("are", item.plural)
    question = asked(
        rng,
        f"What color {verb} the {name}?",
        f"What colour {verb} the {name}?",
        f"Which color {verb} the {name}?",
        f"What is the color of the {name}?",
        f"Tell me the color of the {name}.",
    )
    return Turn(
        question=question,
        answer=f"The {name} {verb} {item.colour}.",
        skill="color",
        expected=item.colour,
        thought=f"I look for the {name}. I see {item.colour}.",
    )


def _ask_form(rng: Random, facts: SceneFacts) -> Turn | None:
    item = rng.choice(facts.items)
    if sum(other.colour == item.colour for other in facts.items) > 1:
        return None
    question = asked(
        rng,
        f"Which shape is {item.colour}?",
        f"What is the {item.colour} shape?",
        f"What shape is {item.colour}?",
    )
    return Turn(
        question=question,
        answer=f"The {item.colour} shape is {article(item.name)} {item.name}.",
        skill="form",
        expected=item.name,
    )


def _ask_largest(rng: Random, facts: SceneFacts) -> Turn | None:
    ordered = sorted(facts.items, key=lambda item: -item.size)
    if len(ordered) < 2 or ordered[0].size < 1.35 * ordered[1].size:
        return None
    noun = facts.subject[:-1]
    question = asked(
        rng, f"Which {noun} is the largest?", f"What is the largest {noun}?", "What is the biggest?"
    )
    largest = look(ordered[0])
    return Turn(
        question=question,
        answer=f"The largest {noun} is {article(largest)} {largest}.",
        skill="largest",
        expected=largest,
    )


def _ask_background(rng: Random, facts: SceneFacts) -> Turn:
    question = asked(
        rng,
        "What color is the background?",
        "What is the color of the background?",
        "Which colour does the background have?",
    )
    return Turn(
        question=question,
        answer=f"The background is {facts.background}.",
        skill="background",
        expected=facts.background,
    )


def _absent(rng: Random, facts: SceneFacts) -> tuple[str, str]:
    present = {item.name for item in facts.items}
    if facts.subject == "shapes":
        form = rng.choice([form for form in FORMS if form not in present])
        return form, plural_form(form)
    thing = rng.choice([thing for thing in THINGS if thing.name not in present])
    return thing.name, thing.plural


def _from_left(items: list[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.x)
