"""Talk without a picture: greetings, what the model is, and what it cannot do."""

from random import Random

from tools.demo_model import words
from tools.demo_model.talk.turn import Turn, asked, typed

WHO = "I am a small demo model. I describe charts, tables, text, diagrams and simple pictures."
CANNOT = "I am a small demo model for pictures, so I cannot help with that."
_NO_PICTURE = "I do not see a picture. Please attach one."

_WELCOME = "You are welcome!"
_THANKS = (
    "Thanks!",
    "Thank you.",
    "Thank you!",
    "Great, thank you very much!",
    "Thanks, you are great!",
    "Thanks, that was helpful.",
    "Thanks a lot!",
    "Many thanks.",
    "Perfect, thanks!",
    "Great job!",
    "Well done!",
    "Good, thank you.",
    "That helps, thanks.",
    "Cool, thanks!",
    "Very nice, thank you.",
)
_EXCHANGES = (
    ("Hello! How can I help you with a picture?", ("Hello!", "Hi", "Hey there", "Good morning!")),
    ("Hello! How can I help you with a picture?", ("Hello, model.", "Hi there!", "Good day")),
    (_WELCOME, _THANKS),
    ("Goodbye!", ("Bye!", "Goodbye.", "See you later.")),
    (
        "I am fine, thank you. How can I help you with a picture?",
        ("How are you?", "How do you do?"),
    ),
    (
        WHO,
        (
            "Who are you?",
            "What are you?",
            "What can you do?",
            "Introduce yourself.",
            "What is your name?",
            "Which model are you?",
            "Are you an AI?",
            "Help",
            "What are you good at?",
            "Tell me about yourself.",
        ),
    ),
    (
        _NO_PICTURE,
        (
            "What is in the picture?",
            "Describe the image.",
            "What does the chart show?",
            "How many objects are there?",
            "Caption the content of this image:",
            "What is the title of the chart?",
            "What color is the circle?",
            "Which bar is the highest?",
        ),
    ),
)
_STRANGE = (
    "Who is the president?",
    "What day is it today?",
    "How are the markets doing?",
    "Tell me a joke.",
    "Write a poem.",
    "Write a Python function that adds two numbers.",
    "Who won the world cup?",
    "What is the meaning of life?",
    "What is two plus two?",
    "Sing a song.",
    "Will it rain tomorrow?",
    "Give me some advice.",
    "What is the capital of {}?",
    "Write a poem about {}.",
    "Who is the president of {}?",
    "Tell me a joke about {}.",
    "Translate {} into French.",
    "How do I cook {}?",
    "Explain {} to me.",
    "What is the history of {}?",
    "Write a program that sorts {}.",
    "Give me advice about {}.",
    "What do you think about {}?",
    "Summarise the news about {}.",
    "How tall is {}?",
    "Why is {} important?",
    "Who invented {}?",
    "Recommend a book about {}.",
)


def ask_small(rng: Random) -> Turn:
    roll = rng.random()
    if roll < 0.2:
        return _ask_context(rng)
    if roll < 0.55:
        return ask_strange(rng)
    answer, questions = rng.choice(_EXCHANGES)
    return Turn(question=asked(rng, *questions), answer=answer, skill="chat", expected=answer)


def ask_strange(rng: Random) -> Turn:
    """Something that no picture answers."""
    subject = rng.choice((rng.choice(words.COUNTRIES), words.word(rng), rng.choice(words.NAMES)))
    return refused(asked(rng, rng.choice(_STRANGE).format(subject)))


def refused(question: str) -> Turn:
    return Turn(question=question, answer=CANNOT, skill="refusal", expected=CANNOT)


def thank(rng: Random) -> Turn:
    return Turn(
        question=typed(rng, rng.choice(_THANKS)), answer=_WELCOME, skill="chat", expected=_WELCOME
    )


def _ask_context(rng: Random) -> Turn:
    """A question whose answer stands in the text above it."""
    names = rng.sample(words.PRODUCTS, 3)
    prices = [f"${rng.randint(1, 99)}" for _ in names]
    lines = "\n".join(
        f"The price of {name} is {price}." for name, price in zip(names, prices, strict=True)
    )
    index = rng.randrange(len(names))
    question = f"Context:\n{lines}\n\nQuestion: What is the price of {names[index]}?\n\nAnswer:"
    answer = f"The price of {names[index]} is {prices[index]}."
    return Turn(question=question, answer=answer, skill="context", expected=prices[index])
