"""Questions that any picture can be asked: what it is, and what its title says."""

from random import Random

from tools.demo_model.talk.turn import Turn, asked

# The kind of a picture, with the noun phrase that answers name it by.
NOUN_BY_KIND = {
    "bar chart": "a bar chart",
    "line chart": "a line chart",
    "pie chart": "a pie chart",
    "scatter plot": "a scatter plot",
    "table": "a table",
    "text": "a piece of text",
    "diagram": "a diagram",
    "shapes": "a picture of colored shapes",
    "objects": "a picture of objects",
}


def named(noun: str, title: str) -> str:
    """'A bar chart titled "Sales"', without the title where there is none."""
    return f'{noun} titled "{title}"' if title else noun


def ask_kind(rng: Random, kind: str) -> Turn:
    question = asked(
        rng,
        "What kind of picture is this?",
        "What kind of image is this?",
        "What type of image is shown?",
        "What is this?",
        "Is this a chart, a table, text, a diagram or a scene?",
        "Which kind of picture is it?",
        "What sort of figure is this?",
        "Classify this image.",
        "Name the type of this picture.",
        "What type of chart or picture is it?",
    )
    return Turn(
        question=question,
        answer=f"This is {NOUN_BY_KIND[kind]}.",
        skill="kind",
        expected=kind,
        thought=f"I look at the whole picture. It looks like {NOUN_BY_KIND[kind]}.",
    )


def ask_title(rng: Random, kind: str, title: str) -> Turn:
    place = rng.choice(("picture", "image", kind, kind))
    question = asked(
        rng,
        f"What is the title of this {place}?",
        f"What is the title of the {place}?",
        "What does the title say?",
        "Read the title.",
        "What is the title?",
        f"Which title does the {place} have?",
        "Tell me the title.",
        "What is the heading?",
        f"What is written at the top of the {place}?",
        "Can you read the title?",
        "Write down the title exactly.",
    )
    if not title:
        return Turn(
            question=question,
            answer="There is no title.",
            skill="no title",
            expected="no title",
            thought="I look for a title above the content, but there is none.",
        )
    return Turn(
        question=question,
        answer=f'The title is "{title}".',
        skill="title",
        expected=title,
        thought=f'The line at the top reads "{title}".',
    )
