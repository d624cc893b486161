"""What there is to say about scenes of shapes and of objects."""

from collections import Counter
from collections.abc import Callable
from random import Random

from tools.demo_model.classes import FORMS
from tools.demo_model.objects import THINGS
from tools.demo_model.pictures.scenes.scene import Item, SceneFacts
from tools.demo_model.pictures.scenes.shape_scene import plural_form
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
    groups = Counter((item.name, item.color) for item in ordered)
    if len(groups) <= 4:
        plurals = {item.name: item.plural for item in ordered}
        return listing(
            [
                some(count, f"{color} {name}".strip(), f"{color} {plurals[name]}".strip())
                for (name, color), count in groups.items()
            ]
        )
    forms = Counter((item.name, item.plural) for item in ordered)
    parts = [some(count, name, plural) for (name, plural), count in forms.items()]
    return f"{listing(parts)} in different colors"


def look(item: Item) -> str:
    """'red circle', 'dog'."""
    return f"{item.color} {item.name}".strip()


def ask_scene(rng: Random, facts: SceneFacts) -> Turn:
    choices: list[Ask] = [*[_ask_count] * 4, *[_ask_count_of_name] * 5]
    choices += [_ask_contents, _ask_existence, ask_place, ask_order, _ask_largest]
    if facts.background:
        choices.append(_ask_background)
    if facts.subject == "shapes":
        choices += [*[_ask_color] * 6, _ask_count_of_color, _ask_count_of_color]
        choices += [_ask_form, _ask_form]
    return rng.choice(choices)(rng, facts) or _ask_count(rng, facts)


def _ask_count(rng: Random, facts: SceneFacts) -> Turn:
    count, noun = len(facts.items), facts.subject
    question = _how_many(rng, rng.choice((noun, noun, noun, f"{noun} in total", f"{noun} in all")))
    return _counted(question, count, noun[:-1], noun, list(facts.items))


def _ask_count_of_name(rng: Random, facts: SceneFacts) -> Turn:
    item = rng.choice(facts.items)
    name, plural = item.name, item.plural
    if rng.random() < 0.08:
        name, plural = _absent(rng, facts)
    return ask_count_of(rng, facts, name, plural)


def ask_count_of(rng: Random, facts: SceneFacts, name: str, plural: str) -> Turn:
    found = [item for item in facts.items if item.name == name]
    return _counted(_how_many(rng, plural), len(found), name, plural, found)


def _ask_count_of_color(rng: Random, facts: SceneFacts) -> Turn:
    color = rng.choice(facts.items).color
    found = [item for item in facts.items if item.color == color]
    question = _how_many(rng, f"{color} shapes")
    if rng.random() < 0.3:
        question = asked(rng, f"How many shapes are {color}?", f"How many of them are {color}?")
    return _counted(question, len(found), f"{color} shape", f"{color} shapes", found)


def _how_many(rng: Random, things: str) -> str:
    place = rng.choice(("picture", "image", "scene", "picture", "image", "drawing", "photo"))
    return asked(
        rng,
        f"How many {things} are there?",
        f"How many {things} are there in the {place}?",
        f"How many {things} are in the {place}?",
        f"How many {things} are in this {place}?",
        f"How many {things} are shown?",
        f"How many {things} are visible?",
        f"How many {things} do you see?",
        f"How many {things} can you see?",
        f"How many {things} can you count?",
        f"How many {things} can be seen?",
        f"How many {things} does the {place} show?",
        f"How many {things} does the {place} contain?",
        f"How many {things} appear in the {place}?",
        f"How many {things} have been drawn?",
        f"Count the {things}.",
        f"Count the {things} in the {place}.",
        f"Count all {things}.",
        f"What is the number of {things}?",
        f"Give the number of {things}.",
        f"State how many {things} there are.",
        f"The {place} shows how many {things}?",
        f"Number of {things}?",
        f"{things}: how many?",
        f"What number of {things} is in the {place}?",
    )


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
        f"Which {facts.subject} are there?",
        f"What {facts.subject} are in the picture?",
        f"What {facts.subject} do you see in this picture?",
        f"Name the {facts.subject}.",
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


def _ask_color(rng: Random, facts: SceneFacts) -> Turn | None:
    item = rng.choice(facts.items)
    alike = [other for other in facts.items if other.name == item.name]
    if len({other.color for other in alike}) > 1:
        return None
    verb, name = ("is", item.name) if len(alike) == 1 else ("are", item.plural)
    question = asked(
        rng,
        f"What color {verb} the {name}?",
        f"What colour {verb} the {name}?",
        f"Which color {verb} the {name}?",
        f"Which colour {verb} the {name}?",
        f"What is the color of the {name}?",
        f"What's the colour of the {name}?",
        f"Tell me the color of the {name}.",
        f"Name the color of the {name}.",
        f"Which color do you see on the {name}?",
        f"In which color {verb} the {name} drawn?",
        f"What color {verb} the {name} in the picture?",
        f"What color {verb} the {name} shown here?",
        f"The {name} {verb} what color?",
        f"The {name}: which color?",
        f"{name} color?",
        f"Which color was used for the {name}?",
        f"Identify the color of the {name}.",
        f"How would you call the color of the {name}?",
        f"With which color {verb} the {name} painted?",
        f"Look at the {name}. What color do you see?",
    )
    return Turn(
        question=question,
        answer=f"The {name} {verb} {item.color}.",
        skill="color",
        expected=item.color,
        thought=f"I look for the {name}. I see {item.color}.",
    )


def _ask_form(rng: Random, facts: SceneFacts) -> Turn | None:
    item = rng.choice(facts.items)
    if sum(other.color == item.color for other in facts.items) > 1:
        return None
    question = asked(
        rng,
        f"Which shape is {item.color}?",
        f"What is the {item.color} shape?",
        f"What shape is {item.color}?",
        f"Name the {item.color} shape.",
        f"What form does the {item.color} shape have?",
        f"What is {item.color} in the picture?",
    )
    return Turn(
        question=question,
        answer=f"The {item.color} shape is {article(item.name)} {item.name}.",
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
        "In front of which color do they stand?",
        "Which color is behind everything?",
        "background color?",
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
