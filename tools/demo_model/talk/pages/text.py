"""Questions and answers about text."""

from random import Random

from tools.demo_model.pictures.pages.text_page import TextFacts
from tools.demo_model.talk.english import a, listing
from tools.demo_model.talk.turn import Turn
from tools.demo_model.talk.wordings import Wordings

_TEXT = Wordings("pages/text")


def caption_text(rng: Random, facts: TextFacts) -> str:
    heading = facts.heading
    if facts.genre == "invoice":
        (_, number), (_, date), *_, (_, total) = facts.fields
        return _TEXT.say(
            "caption_of_invoice", heading=heading, number=number, date=date, total=total
        )
    if facts.genre == "notice":
        return _TEXT.say("caption_of_notice", heading=heading, line=facts.lines[1])
    if facts.color:
        return _TEXT.say("caption_of_label", heading=heading, a_color=a(facts.color))
    lines = listing([f'"{line}"' for line in facts.lines])
    return f"{rng.choice(_TEXT['caption_starts'])} {lines}."


def ask_text(rng: Random, facts: TextFacts) -> Turn:
    if facts.genre == "invoice":
        return rng.choice((_ask_field, _ask_field, _ask_heading))(rng, facts)
    if facts.genre == "notice":
        return rng.choice((_ask_heading, _ask_heading, _ask_line_below))(rng, facts)
    if facts.ink_color and rng.random() < 0.3:
        return _TEXT.ask(rng, "ink", color=facts.ink_color)
    if facts.color and rng.random() < 0.3:
        return _TEXT.ask(rng, "label", color=facts.color)
    return _TEXT.ask(rng, "text", text=" / ".join(facts.lines))


def _ask_heading(rng: Random, facts: TextFacts) -> Turn:
    return _TEXT.ask(rng, "heading", noun=rng.choice(("heading", "title")), heading=facts.heading)


def _ask_line_below(rng: Random, facts: TextFacts) -> Turn:
    return _TEXT.ask(rng, "line_below", line=facts.lines[1])


def _ask_field(rng: Random, facts: TextFacts) -> Turn:
    name, value = rng.choice(facts.fields)
    noun = name.lower() if name in _TEXT["plain_fields"] else f"price of {name}"
    return _TEXT.ask(rng, "field", noun=noun, value=value)
