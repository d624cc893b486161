"""What there is to say about tables, text and diagrams."""

from random import Random

from tools.demo_model.pictures.pages.diagram import DiagramFacts
from tools.demo_model.pictures.pages.table import TableFacts
from tools.demo_model.pictures.pages.text_page import TextFacts
from tools.demo_model.talk.english import article, listing, number_word
from tools.demo_model.talk.kind_talk import named
from tools.demo_model.talk.turn import Turn, asked


def caption_table(rng: Random, facts: TableFacts) -> str:
    start = named("A table", facts.title)
    columns, rows = number_word(len(facts.header)), number_word(len(facts.rows))
    names = listing([row[0] for row in facts.rows])
    if rng.random() < 0.5:
        return f"{start} with the columns {listing(facts.header)} and {rows} rows: {names}."
    return f"{start}. It has {columns} columns, {listing(facts.header)}, and rows for {names}."


def ask_table(rng: Random, facts: TableFacts) -> Turn:
    choices = (_ask_size, _ask_header, *(_ask_cell,) * 5)
    return rng.choice(choices)(rng, facts)


def _ask_size(rng: Random, facts: TableFacts) -> Turn:
    if rng.random() < 0.5:
        count = number_word(len(facts.header))
        question = asked(rng, "How many columns are there?", "How many columns has the table?")
        answer = f"The table has {count} columns."
    else:
        count = number_word(len(facts.rows))
        question = asked(
            rng,
            "How many rows are there below the header?",
            "How many rows of data are there?",
            "How many rows has the table without the header?",
        )
        answer = f"The table has {count} rows below the header."
    return Turn(question=question, answer=answer, skill="chart count", expected=count)


def _ask_header(rng: Random, facts: TableFacts) -> Turn:
    question = asked(
        rng,
        "What are the columns called?",
        "What does the header say?",
        "Name the columns.",
        "Read the header of the table.",
        "What are the column headings?",
        "Which columns does the table have?",
        "What columns are there?",
        "List the column names.",
    )
    names = listing(facts.header)
    return Turn(
        question=question, answer=f"The columns are {names}.", skill="reading", expected=names
    )


def _ask_cell(rng: Random, facts: TableFacts) -> Turn:
    row = rng.choice(facts.rows)
    column = rng.randrange(1, len(facts.header))
    heading, value = facts.header[column], row[column]
    question = asked(
        rng,
        f"What is the {heading} of {row[0]}?",
        f"What is the value of {heading} for {row[0]}?",
        f"What does the table say for {row[0]} under {heading}?",
        f"What is the {heading} in the row {row[0]}?",
        f"Look up the {heading} of {row[0]}.",
        f"Find {row[0]}. What is its {heading}?",
        f"{heading} for {row[0]}?",
        f"{row[0]}: {heading}?",
    )
    return Turn(
        question=question,
        answer=f"The {heading} of {row[0]} is {value}.",
        skill="cell",
        expected=value,
        thought=f"I find the row {row[0]} and the column {heading}. The cell reads {value}.",
    )


def caption_text(rng: Random, facts: TextFacts) -> str:
    if facts.genre == "invoice":
        (_, number), (_, date), *_, (_, total) = facts.fields
        return (
            f'A text document headed "{facts.heading}" with number {number}, {date}, total {total}.'
        )
    if facts.genre == "notice":
        return f'A text with the heading "{facts.heading}". Below it: "{facts.lines[1]}".'
    if facts.color:
        return f'A piece of text on {article(facts.color)} {facts.color} label: "{facts.heading}".'
    start = rng.choice(("A piece of text that reads", "A picture of text that says"))
    return f"{start} {listing([_quoted(line) for line in facts.lines])}."


def ask_text(rng: Random, facts: TextFacts) -> Turn:
    if facts.genre == "invoice":
        return rng.choice((_ask_field, _ask_field, _ask_heading))(rng, facts)
    if facts.genre == "notice":
        return rng.choice((_ask_heading, _ask_heading, _ask_below))(rng, facts)
    if facts.ink_color and rng.random() < 0.3:
        question = asked(
            rng,
            "What color is the text?",
            "Which color does the text have?",
            "What is the color of the letters?",
            "In which color is the text written?",
            "What colour are the letters?",
            "What color are the words?",
        )
        answer = f"The text is {facts.ink_color}."
        return Turn(question=question, answer=answer, skill="color", expected=facts.ink_color)
    if facts.color and rng.random() < 0.3:
        question = asked(
            rng,
            "What color is the label?",
            "Which color is behind the text?",
            "What is the color of the label?",
            "On which color is the text written?",
            "What colour is the sign?",
        )
        answer = f"The label is {facts.color}."
        return Turn(question=question, answer=answer, skill="color", expected=facts.color)
    question = asked(
        rng,
        "What does the text say?",
        "Read the text.",
        "What is written here?",
        "What does it say?",
        "Transcribe the text.",
        "Which words do you see?",
        "What is the text?",
        "Which text do you see?",
        "What is written in the picture?",
        "Write down what you read.",
        "Can you read this?",
        "Repeat the text exactly.",
        "OCR this image.",
        "OCR",
        "Read this.",
        "Read it to me.",
        "What's written here?",
        "Extract the text.",
        "Extract the text from this image.",
    )
    text = " / ".join(facts.lines)
    return Turn(
        question=question, answer=f'The text says "{text}".', skill="reading", expected=text
    )


def _ask_heading(rng: Random, facts: TextFacts) -> Turn:
    noun = rng.choice(("heading", "title"))
    question = asked(
        rng,
        f"What is the {noun}?",
        f"What does the {noun} say?",
        f"Read the {noun}.",
        f"Which {noun} does the text have?",
        f"Give me the {noun}.",
        f"What is the {noun} of this page?",
        f"What is the {noun} of the text?",
        f"Quote the {noun}.",
        f"Write down the {noun} exactly.",
    )
    return Turn(
        question=question,
        answer=f'The {noun} is "{facts.heading}".',
        skill="heading",
        expected=facts.heading,
        thought=f'The large line at the top reads "{facts.heading}".',
    )


def _ask_below(rng: Random, facts: TextFacts) -> Turn:
    question = asked(
        rng,
        "What is written below the heading?",
        "What does the first line below the heading say?",
    )
    line = facts.lines[1]
    return Turn(
        question=question,
        answer=f'The line below the heading says "{line}".',
        skill="reading",
        expected=line,
    )


def _ask_field(rng: Random, facts: TextFacts) -> Turn:
    name, value = rng.choice(facts.fields)
    noun = name.lower() if name in ("Number", "Date", "Customer", "Total") else f"price of {name}"
    question = asked(
        rng, f"What is the {noun}?", f"Which {noun} is given?", f"Read the {noun}, please."
    )
    return Turn(question=question, answer=f"The {noun} is {value}.", skill="value", expected=value)


def _quoted(line: str) -> str:
    return f'"{line}"'


def caption_diagram(rng: Random, facts: DiagramFacts) -> str:
    start = named("A diagram", facts.title)
    count = number_word(len(facts.steps))
    path = f"{facts.steps[0]} to {', then to '.join(facts.steps[1:])}"
    if facts.layout == "ring":
        return f"{start} of a cycle of {count} boxes: {listing(facts.steps)}."
    if rng.random() < 0.5:
        return f"{start} with {count} boxes: {listing(facts.steps)}. Arrows lead from {path}."
    return f"{start} with {count} boxes. The arrows lead from {path}."


def ask_diagram(rng: Random, facts: DiagramFacts) -> Turn:
    choices = [_ask_box_count, _ask_steps, _ask_next, _ask_next]
    if facts.layout != "ring":
        choices.append(_ask_end)
    if len(facts.colors) == 1:
        choices.append(_ask_box_color)
    return rng.choice(choices)(rng, facts)


def _ask_box_count(rng: Random, facts: DiagramFacts) -> Turn:
    count = number_word(len(facts.steps))
    question = asked(
        rng, "How many boxes are there?", "How many steps has the diagram?", "Count the boxes."
    )
    return Turn(
        question=question,
        answer=f"There are {count} boxes.",
        skill="chart count",
        expected=count,
        thought=f"I count the boxes: {listing(facts.steps)}.",
    )


def _ask_steps(rng: Random, facts: DiagramFacts) -> Turn:
    question = asked(
        rng, "What are the steps?", "Name the boxes.", "Which steps does the diagram show?"
    )
    names = listing(facts.steps)
    return Turn(
        question=question, answer=f"The steps are {names}.", skill="reading", expected=names
    )


def _ask_next(rng: Random, facts: DiagramFacts) -> Turn:
    index = rng.randrange(len(facts.steps) - 1)
    step, following = facts.steps[index], facts.steps[index + 1]
    question = asked(
        rng,
        f"What comes after {step}?",
        f"Which step follows {step}?",
        f"Where does the arrow from {step} lead?",
    )
    return Turn(
        question=question,
        answer=f"After {step} comes {following}.",
        skill="diagram",
        expected=following,
        thought=f"The arrow from {step} points to {following}.",
    )


def _ask_end(rng: Random, facts: DiagramFacts) -> Turn:
    if rng.random() < 0.5:
        question = asked(rng, "What is the first step?", "Where does the diagram start?")
        answer, end = f"The first step is {facts.steps[0]}.", facts.steps[0]
    else:
        question = asked(rng, "What is the last step?", "Where does the diagram end?")
        answer, end = f"The last step is {facts.steps[-1]}.", facts.steps[-1]
    return Turn(question=question, answer=answer, skill="diagram", expected=end)


def _ask_box_color(rng: Random, facts: DiagramFacts) -> Turn:
    question = asked(
        rng,
        "What color are the boxes?",
        "Which color do the boxes have?",
        "What is the color of the boxes?",
        "In which color are the boxes filled?",
    )
    color = facts.colors[0]
    return Turn(question=question, answer=f"The boxes are {color}.", skill="color", expected=color)
