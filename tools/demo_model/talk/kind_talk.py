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
    thing = rng.choice(("picture", "image", "figure", "graphic", "picture", "image"))
    question = asked(
        rng,
        f"What kind of {thing} is this?",
        f"What type of {thing} is this?",
        f"What type of {thing} is shown?",
        f"Which kind of {thing} is it?",
        f"Which type of {thing} do you see?",
        f"What sort of {thing} is this?",
        f"What kind of {thing} am I looking at?",
        f"Classify this {thing}.",
        f"Classify the {thing} by its type.",
        f"Name the type of this {thing}.",
        f"Tell me the kind of {thing}.",
        f"How would you classify this {thing}?",
        f"Say what kind of {thing} this is.",
        f"Identify the type of {thing}.",
        f"Is this {thing} a chart, a table, text, a diagram or a scene?",
        "What type of chart or picture is it?",
        "Chart, table, text, diagram or scene: what is it?",
        "What kind of visual is this?",
    )
    return Turn(
        question=question,
        answer=f"This is {NOUN_BY_KIND[kind]}.",
        skill="kind",
        expected=kind,
        thought=f"I look at the whole picture. It looks like {NOUN_BY_KIND[kind]}.",
    )


def ask_title(rng: Random, kind: str, title: str) -> Turn:
    place = rng.choice(
        ("picture", "image", "figure", "chart" if "chart" in kind else kind, kind, kind)
    )
    question = asked(
        rng,
        f"What is the title of this {place}?",
        f"What is the title of the {place}?",
        f"What's the title of the {place}?",
        f"What title does the {place} have?",
        f"Which title does this {place} have?",
        f"What is the {place} called?",
        f"How is the {place} titled?",
        f"What is the heading of the {place}?",
        f"What is written at the top of the {place}?",
        f"Read the title of the {place}.",
        f"Quote the title of this {place}.",
        f"Give the title of the {place}.",
        "What does the title say?",
        "What does the heading say?",
        "Read the title.",
        "Read the title aloud.",
        "What is the title?",
        "What is its title?",
        "And the title?",
        "Tell me the title.",
        "What is the heading?",
        "Can you read the title?",
        "Write down the title exactly.",
        "Transcribe the title.",
        "Which words are in the title?",
        "What exactly is the title?",
        "Title?",
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
