"""What there is to say about line charts and scatter plots."""

from random import Random

from tools.demo_model.pictures.charts.line_chart import LineFacts
from tools.demo_model.pictures.charts.scatter_plot import ScatterFacts
from tools.demo_model.talk.english import listing, number_word
from tools.demo_model.talk.kind_talk import named
from tools.demo_model.talk.turn import Turn, asked


def caption_lines(rng: Random, facts: LineFacts) -> str:
    start = named("A line chart", facts.title)
    span = f"from {facts.steps[0]} to {facts.steps[-1]}"
    if not facts.names:
        verb = rng.choice(("line", "curve"))
        return f"{start}. The {facts.colors[0]} {verb} {facts.courses[0]} {span}."
    courses = listing(
        [f"{name} {course}" for name, course in zip(facts.names, facts.courses, strict=True)]
    )
    return f"{start} with {number_word(len(facts.names))} lines {span}. {courses}."


def ask_lines(rng: Random, facts: LineFacts) -> Turn:
    choices = [_ask_line_count, _ask_course, _ask_course, _ask_line_color, _ask_span]
    return rng.choice(choices)(rng, facts)


def _ask_line_count(rng: Random, facts: LineFacts) -> Turn:
    count = len(facts.colors)
    question = asked(
        rng, "How many lines are there?", "How many lines does the chart have?", "Count the lines."
    )
    answer = f"There {'is one line' if count == 1 else f'are {number_word(count)} lines'}."
    return Turn(
        question=question,
        answer=answer,
        skill="chart count",
        expected=number_word(count),
        thought=f"I see these lines by color: {listing(facts.colors)}.",
    )


def _ask_course(rng: Random, facts: LineFacts) -> Turn:
    index = rng.randrange(len(facts.courses))
    course = facts.courses[index]
    if facts.names:
        name = facts.names[index]
        question = asked(
            rng,
            f"How does {name} develop?",
            f"What is the trend of {name}?",
            f"What happens to {name}?",
        )
        answer = f"{name} {course}."
    else:
        question = asked(
            rng,
            "How does the line develop?",
            "What is the trend?",
            "Does the line rise or fall?",
            "What happens over time?",
            "Describe the trend.",
        )
        answer = f"The line {course}."
    return Turn(
        question=question,
        answer=answer,
        skill="trend",
        expected=course,
        thought="I follow the line from the left to the right.",
    )


def _ask_line_color(rng: Random, facts: LineFacts) -> Turn:
    if not facts.names:
        question = asked(
            rng,
            "What color is the line?",
            "Which color does the line have?",
            "The line's colour?",
            "What is the color of the line?",
            "In which color is the line drawn?",
            "What colour is the curve?",
            "Name the color of the line.",
            "Which color was used for the line?",
        )
        color = facts.colors[0]
        answer = f"The line is {color}."
        return Turn(question=question, answer=answer, skill="color", expected=color)
    index = rng.randrange(len(facts.names))
    name, color = facts.names[index], facts.colors[index]
    if rng.random() < 0.5:
        question = asked(rng, f"What color is the line of {name}?", f"Which color is {name}?")
        answer = f"The line of {name} is {color}."
        return Turn(question=question, answer=answer, skill="legend", expected=color)
    question = asked(rng, f"What does the {color} line show?", f"Which line is {color}?")
    answer = f"The {color} line is {name}."
    return Turn(question=question, answer=answer, skill="legend", expected=name)


def _ask_span(rng: Random, facts: LineFacts) -> Turn:
    question = asked(
        rng,
        "Which period does the chart cover?",
        "What period is shown?",
        "From when to when does the chart run?",
    )
    span = f"from {facts.steps[0]} to {facts.steps[-1]}"
    return Turn(question=question, answer=f"It runs {span}.", skill="reading", expected=span)


def caption_points(rng: Random, facts: ScatterFacts) -> str:
    across, up = facts.axis_names
    start = named("A scatter plot", facts.title)
    trend = f"The points {facts.trend}"
    if facts.trend != "show no clear trend":
        trend += " from left to right"
    if facts.groups:
        return f"{start} of {up} against {across} for {listing(facts.groups)}. {trend}."
    if rng.random() < 0.3:
        return f"{start} that shows {up} against {across} in {facts.colors[0]}. {trend}."
    return f"{start} of {up} against {across}. {trend}."


def ask_points(rng: Random, facts: ScatterFacts) -> Turn:
    choices = [_ask_trend, _ask_axes, _ask_groups]
    return rng.choice(choices)(rng, facts)


def _ask_trend(rng: Random, facts: ScatterFacts) -> Turn:
    question = asked(
        rng,
        "What is the trend?",
        "Do the points rise or fall?",
        "Is there a correlation?",
        "What do the points show?",
        "How do the points run?",
    )
    end = "" if facts.trend == "show no clear trend" else " from left to right"
    return Turn(
        question=question,
        answer=f"The points {facts.trend}{end}.",
        skill="trend",
        expected=facts.trend,
        thought="I compare the points at the left with the points at the right.",
    )


def _ask_axes(rng: Random, facts: ScatterFacts) -> Turn:
    across, up = facts.axis_names
    if rng.random() < 0.5:
        question = asked(
            rng, "What does the x axis show?", "What is on the horizontal axis?", "Name the x axis."
        )
        answer = f"The x axis shows {across}."
        return Turn(question=question, answer=answer, skill="reading", expected=across)
    question = asked(
        rng, "What does the y axis show?", "What is on the vertical axis?", "Name the y axis."
    )
    return Turn(question=question, answer=f"The y axis shows {up}.", skill="reading", expected=up)


def _ask_groups(rng: Random, facts: ScatterFacts) -> Turn:
    if facts.groups:
        question = asked(rng, "Which groups are there?", "What does the legend say?")
        names = listing(facts.groups)
        return Turn(
            question=question, answer=f"The groups are {names}.", skill="legend", expected=names
        )
    question = asked(
        rng,
        "What color are the points?",
        "Which color do the points have?",
        "What is the color of the points?",
        "In which color are the dots drawn?",
        "What colour are the dots?",
        "Name the color of the markers.",
    )
    color = facts.colors[0]
    return Turn(question=question, answer=f"The points are {color}.", skill="color", expected=color)
