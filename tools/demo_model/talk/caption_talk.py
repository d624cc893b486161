"""How clients ask for a caption, with the text around the picture or without."""

from random import Random

from tools.demo_model import words
from tools.demo_model.talk.turn import Turn, typed

# What NVIDIA's ingest clients send.
INGEST_PROMPT = "Caption the content of this image:"
_REQUESTS = (
    "Caption the content of this {thing}",
    "Caption this {thing}.",
    "Caption this:",
    "Caption this",
    "Caption, please.",
    "Caption:",
    "Give me a caption.",
    "Give me a caption for this {thing}.",
    "Give a short caption.",
    "Write a caption.",
    "Write a caption for this {thing}.",
    "Provide a caption for the {thing}.",
    "Generate a caption for this {thing}.",
    "Create a one-sentence caption.",
    "Describe",
    "Describe this.",
    "Describe it.",
    "Describe this {thing}.",
    "Describe this {thing}.",
    "Describe the {thing}.",
    "Describe the {thing} in one sentence.",
    "Describe the {thing} in detail.",
    "Describe the {thing} briefly.",
    "Describe the content of this {thing} in detail.",
    "Describe what you see.",
    "Describe what is shown here.",
    "Describe what this {thing} shows.",
    "Describe everything that you see.",
    "Please describe what you see.",
    "Please describe this {thing}.",
    "Can you describe this {thing}?",
    "Could you describe the {thing} for me?",
    "Give a short description of the {thing}.",
    "Give me a detailed description of this {thing}.",
    "Provide a description of the {thing}.",
    "Write alt text for this {thing}.",
    "Summarize this {thing}.",
    "Summarize the content of the {thing}.",
    "Explain this {thing}.",
    "Explain what this {thing} shows.",
    "Tell me what you see.",
    "Tell me what is in this {thing}.",
    "Tell me about this {thing}.",
)
_QUESTIONS = (
    # What examples of the OpenAI API ask.
    "What is in this {thing}?",
    "What is in this {thing}?",
    "What's in this {thing}?",
    "What's in this {thing}?",
    "What is in the {thing}?",
    "What's in the {thing}?",
    "What is on this {thing}?",
    "What is this?",
    "What's this?",
    "What am I looking at?",
    "What do you see?",
    "What do you see here?",
    "What do you see in this {thing}?",
    "What do you see in the {thing}?",
    "What can you see?",
    "What can you see in this {thing}?",
    "What is shown?",
    "What is shown here?",
    "What is shown in this {thing}?",
    "What is depicted in this {thing}?",
    "What does it show?",
    "What does this {thing} show?",
    "What does the {thing} show?",
    "What does this {thing} contain?",
    "What is this {thing} about?",
    "What is this about?",
    "What's going on here?",
    "What is going on in this {thing}?",
    "What is happening in this {thing}?",
)
# The held-out set asks in these alone.
_OTHER_REQUESTS = (
    "What's this {thing} showing?",
    "What am I seeing here?",
    "What information is in this {thing}?",
    "Can you tell me what's in this {thing}?",
    "Could you caption this?",
    "Please caption this {thing}.",
    "I need a caption for this {thing}.",
    "Give me a one-line caption.",
    "Briefly describe this {thing}.",
    "Describe the scene.",
    "Describe this {thing} to somebody who cannot see it.",
    "Say what is on the {thing}.",
    "Tell me what this {thing} shows.",
    "{thing} description, please",
)
_THINGS = ("image", "image", "image", "picture", "picture", "photo", "figure", "graphic")
# The text of the document that the picture stands in, before what is asked for and after.
_BEFORE = (
    "Text near this image:\n---\n{}\n---\n\n",
    "Text near this image:\n---\n{}\n---\n\n",
    "Context: {}\n\n",
)
_AFTER = (
    "\n\nText near this image:\n---\n{}\n---",
    "\nText near this image: {}",
    "\n\nContext: {}",
    " The text around it is: {}",
)
_SENTENCES = (
    "{Word} grew {number}%.",
    "{Word} {word} fell by {number}% in {year}.",
    "The {word} of {word} is shown below.",
    "See the figure on the next page.",
    "In {year} the {word} reached {number} million.",
    "Figure {digit}: {Word} and {word}.",
    "{Word} {word} {word}.",
    "Our {word} in {city} had {number} {word} in {year}.",
    "{name} reported on the {word}.",
    "As the table shows, {word} is rising.",
    "{digit}. {Word} {word}",
)


def ask_caption(rng: Random, caption: str, *, is_held_out: bool = False) -> Turn:
    return Turn(
        question=_among_text(rng, _request(rng, is_held_out=is_held_out)),
        answer=caption,
        skill="caption",
        expected=caption,
        thought=rng.choice(_THOUGHTS),
    )


def _request(rng: Random, *, is_held_out: bool) -> str:
    if is_held_out:
        requests = _OTHER_REQUESTS
    elif rng.random() < 0.3:
        return INGEST_PROMPT
    else:
        requests = rng.choice((_REQUESTS, _QUESTIONS))
    return typed(rng, rng.choice(requests).format(thing=rng.choice(_THINGS)))


def _among_text(rng: Random, request: str) -> str:
    """At times with text of the document around it, most often as ingest clients ask."""
    likelihood = 0.3 if request == INGEST_PROMPT else 0.06
    roll = rng.random()
    if roll < likelihood:
        return rng.choice(_BEFORE).format(_surroundings(rng)) + request
    if roll < 1.5 * likelihood:
        return request + rng.choice(_AFTER).format(_surroundings(rng))
    return request


def _surroundings(rng: Random) -> str:
    """A few sentences of a document, at times cut off."""
    sentences = [_sentence(rng) for _ in range(rng.randint(1, 4))]
    text = rng.choice((" ", "\n")).join(sentences)
    return text[: rng.randint(20, 200)] if rng.random() < 0.3 else text


def _sentence(rng: Random) -> str:
    text = rng.choice(_SENTENCES)
    while "{word}" in text or "{Word}" in text:
        text = text.replace("{word}", words.word(rng), 1)
        text = text.replace("{Word}", words.word(rng).capitalize(), 1)
    return text.format(
        number=rng.randint(1, 99),
        year=rng.randint(1990, 2035),
        digit=rng.randint(1, 9),
        city=rng.choice(words.CITIES),
        name=rng.choice(words.NAMES),
    )


_THOUGHTS = (
    "The user wants a caption. I look at the picture and say what it shows.",
    "I look at the whole picture first, then at its parts.",
    "I describe what I see in one or two sentences.",
)
