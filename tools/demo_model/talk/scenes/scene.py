"""Questions and answers about scenes of shapes and of objects."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from tools.demo_model.catalog.classes import FORMS
from tools.demo_model.catalog.objects import THINGS
from tools.demo_model.pictures.scenes.scene import Item, SceneFacts
from tools.demo_model.pictures.scenes.shape_scene import plural_form
from tools.demo_model.talk.english import a, listing, number_word, some
from tools.demo_model.talk.scenes.position import ask_order, ask_place, place_of, stand_apart
from tools.demo_model.talk.turn import Turn, asked
from tools.demo_model.talk.wordings import Wordings

Ask = Callable[[Random, SceneFacts], Turn | None]
_SCENE = Wordings("scenes/scene")


def caption_scene(rng: Random, facts: SceneFacts) -> str:
    shown, items = contents(facts), facts.items
    if len(items) == 1:
        shown, place = a(look(items[0])), place_of(items[0])
        if place and rng.random() < 0.6:
            shown += f" {place}"
    elif len(items) == 2 and look(items[0]) != look(items[1]) and rng.random() < 0.5:
        left, right = _from_left(items)
        if stand_apart(left.x, right.x):
            shown = _SCENE.say("pair", left=a(look(left)), right=a(look(right)))
    if facts.background:
        return _SCENE.say("caption_with_ground", shown=shown, ground=a(facts.background))
    return _SCENE.say("caption", shown=shown)


def contents(facts: SceneFacts) -> str:
    """Everything in the scene, grouped, from the left."""
    ordered = _from_left(facts.items)
    groups = Counter((look(item), f"{item.color} {item.plural}".strip()) for item in ordered)
    if len(groups) <= 4:
        return listing([some(count, *names) for names, count in groups.items()])
    kinds = Counter((item.name, item.plural) for item in ordered)
    shown = listing([some(count, *names) for names, count in kinds.items()])
    return _SCENE.say("many_colors", shown=shown)


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


def ask_count_of(rng: Random, facts: SceneFacts, name: str, plural: str) -> Turn:
    found = [item for item in facts.items if item.name == name]
    return _counted(_how_many(rng, plural), name, plural, found)


def _ask_count(rng: Random, facts: SceneFacts) -> Turn:
    noun = facts.subject
    question = _how_many(rng, rng.choice((noun, noun, noun, f"{noun} in total", f"{noun} in all")))
    return _counted(question, noun[:-1], noun, facts.items)


def _ask_count_of_name(rng: Random, facts: SceneFacts) -> Turn:
    item = rng.choice(facts.items)
    name, plural = item.name, item.plural
    if rng.random() < 0.08:
        name, plural = _absent(rng, facts)
    return ask_count_of(rng, facts, name, plural)


def _ask_count_of_color(rng: Random, facts: SceneFacts) -> Turn:
    color = rng.choice(facts.items).color
    found = [item for item in facts.items if item.color == color]
    question = _how_many(rng, f"{color} shapes")
    if rng.random() < 0.3:
        question = asked(rng, _SCENE["questions_by_color"], color=color)
    return _counted(question, f"{color} shape", f"{color} shapes", found)


def _how_many(rng: Random, things: str) -> str:
    place = rng.choice(_SCENE["places"])
    return asked(rng, _SCENE["count"]["questions"], things=things, place=place)


def _counted(question: str, name: str, plural: str, found: Sequence[Item]) -> Turn:
    count = len(found)
    return _SCENE.answer(
        "count",
        question,
        are="is" if count == 1 else "are",
        count=number_word(count),
        shown=name if count == 1 else plural,
        names=listing([a(look(item)) for item in _from_left(found)]) or "none of them",
        number=count,
    )


def _ask_contents(rng: Random, facts: SceneFacts) -> Turn:
    return _SCENE.ask(rng, "contents", things=facts.subject, contents=contents(facts))


def _ask_existence(rng: Random, facts: SceneFacts) -> Turn:
    is_there = rng.random() < 0.5
    if is_there:
        item = rng.choice(facts.items)
        name, is_single = item.name, sum(other.name == item.name for other in facts.items) == 1
        found = f"is {a(name)}" if is_single else f"are {item.plural}"
    else:
        name, plural = _absent(rng, facts)
        found = f"are no {plural}"
    verdict = "Yes" if is_there else "No"
    return _SCENE.ask(rng, "existence", name=name, a_name=a(name), verdict=verdict, found=found)


def _ask_color(rng: Random, facts: SceneFacts) -> Turn | None:
    item = rng.choice(facts.items)
    alike = [other for other in facts.items if other.name == item.name]
    if len({other.color for other in alike}) > 1:
        return None
    verb, name = ("is", item.name) if len(alike) == 1 else ("are", item.plural)
    return _SCENE.ask(rng, "color", verb=verb, name=name, color=item.color)


def _ask_form(rng: Random, facts: SceneFacts) -> Turn | None:
    item = rng.choice(facts.items)
    if sum(other.color == item.color for other in facts.items) > 1:
        return None
    return _SCENE.ask(rng, "form", color=item.color, name=item.name, a_name=a(item.name))


def _ask_largest(rng: Random, facts: SceneFacts) -> Turn | None:
    ordered = sorted(facts.items, key=lambda item: -item.size)
    if len(ordered) < 2 or ordered[0].size < 1.35 * ordered[1].size:
        return None
    name = look(ordered[0])
    return _SCENE.ask(rng, "largest", noun=facts.subject[:-1], name=name, a_name=a(name))


def _ask_background(rng: Random, facts: SceneFacts) -> Turn:
    return _SCENE.ask(rng, "background", color=facts.background)


def _absent(rng: Random, facts: SceneFacts) -> tuple[str, str]:
    present = {item.name for item in facts.items}
    if facts.subject == "shapes":
        form = rng.choice([form for form in FORMS if form not in present])
        return form, plural_form(form)
    thing = rng.choice([thing for thing in THINGS if thing.name not in present])
    return thing.name, thing.plural


def _from_left(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.x)
