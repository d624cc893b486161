"""How clients ask for a caption, with the text around the picture or without."""

from random import Random

from tools.demo_model.catalog import words
from tools.demo_model.tables import table
from tools.demo_model.talk.turn import Turn, typed

_CAPTION = table("talk/caption_request")


def ask_caption(rng: Random, caption: str, *, is_held_out: bool = False) -> Turn:
    return Turn(
        question=_among_text(rng, _request(rng, is_held_out=is_held_out)),
        answer=caption,
        skill="caption",
        expected=caption,
        thought=rng.choice(_CAPTION["thoughts"]),
    )


def _request(rng: Random, *, is_held_out: bool) -> str:
    if is_held_out:
        requests = _CAPTION["held_out_requests"]
    elif rng.random() < 0.3:
        return _CAPTION["ingest_prompt"]
    else:
        requests = _CAPTION[rng.choice(("requests", "questions"))]
    return typed(rng, rng.choice(requests).format(thing=rng.choice(_CAPTION["things"])))


def _among_text(rng: Random, request: str) -> str:
    """At times with text of the document around it, most often as ingest clients ask."""
    likelihood = 0.3 if request == _CAPTION["ingest_prompt"] else 0.06
    roll = rng.random()
    if roll < likelihood:
        return rng.choice(_CAPTION["before"]).format(_surroundings(rng)) + request
    if roll < 1.5 * likelihood:
        return request + rng.choice(_CAPTION["after"]).format(_surroundings(rng))
    return request


def _surroundings(rng: Random) -> str:
    """A few sentences of a document, at times cut off."""
    sentences = [_sentence(rng) for _ in range(rng.randint(1, 4))]
    text = rng.choice((" ", "\n")).join(sentences)
    return text[: rng.randint(20, 200)] if rng.random() < 0.3 else text


def _sentence(rng: Random) -> str:
    text = rng.choice(_CAPTION["sentences"])
    while "{word}" in text or "{Word}" in text:
        text = text.replace("{word}", words.word(rng), 1)
        text = text.replace("{Word}", words.capitalized(rng), 1)
    return text.format(
        number=rng.randint(1, 99),
        year=rng.randint(1990, 2035),
        digit=rng.randint(1, 9),
        city=rng.choice(words.CITIES),
        name=rng.choice(words.NAMES),
    )
