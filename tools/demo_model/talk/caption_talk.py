"""How clients ask for a caption, with the text around the picture or without."""

from random import Random

from tools.demo_model import words
from tools.demo_model.talk.turn import Turn

# What NVIDIA's ingest clients send.
INGEST_PROMPT = "Caption the content of this image:"
_CONTEXT = "Text near this image:\n---\n{}\n---\n\n"
_PROMPTS = (
    INGEST_PROMPT,
    INGEST_PROMPT,
    INGEST_PROMPT,
    "Caption the content of this image",
    "Caption this image.",
    "Describe this image.",
    "Describe the image.",
    "Describe the picture in one sentence.",
    # What examples of the OpenAI API ask.
    "What is in this image?",
    "What is in this image?",
    "What's in this image?",
    "Describe the image in detail.",
    "What is shown in this image?",
    "What does the image show?",
    "Write a caption for this picture.",
    "Please describe what you see.",
    "Give a short description of the image.",
    "Describe the content of this image in detail.",
    "Can you describe this picture?",
    "Summarize this image.",
    "Explain what this picture shows.",
    "caption this",
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


def ask_caption(rng: Random, caption: str) -> Turn:
    prompt = rng.choice(_PROMPTS)
    if prompt is INGEST_PROMPT and rng.random() < 0.35:
        prompt = _CONTEXT.format(_surroundings(rng)) + prompt
    return Turn(
        question=prompt,
        answer=caption,
        skill="caption",
        expected=caption,
        thought=rng.choice(_THOUGHTS),
    )


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
