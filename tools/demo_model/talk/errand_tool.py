"""Tools that assistants have for everyday errands, asked for without naming the tool.

"Put on Mozart" wants `play_music`: neither its verb nor its noun stands in the question.
"""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from random import Random

from tools.demo_model import words
from tools.demo_model.talk.tool_parameters import Value
from tools.demo_model.talk.tool_schema import Parameter, choose_cases, describe_tool
from tools.demo_model.talk.tool_use import Tool, ToolUse
from tools.demo_model.talk.turn import asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Alternatives have bars between them; {0} in a question is the first parameter's value.

    `purpose` is the noun that tools for the same have. A parameter is its names, its type, and how
    its value is drawn.
    """

    purpose: str
    names: str
    abouts: str
    parameters: tuple[tuple[str, str, Callable[[Random], Value]], ...]
    questions: str


def use_errand_tool(rng: Random) -> ToolUse:
    errand = rng.choice(_ERRANDS)
    tool = _describe(rng, errand)
    values = [draw(rng) for _, _, draw in errand.parameters]
    question = asked(rng, *[text.format(*values) for text in errand.questions.split("|")])
    schema = tool["function"]["parameters"]
    given = dict(zip(schema["required"], values, strict=True))
    answer = rng.choice(("Done.", "It is done.", "All right, it is done."))
    return ToolUse(
        question=question,
        purpose=errand.purpose,
        tool=tool,
        arguments={name: given[name] for name in schema["properties"] if name in given},
        response=rng.choice((json.dumps({"status": "ok"}), json.dumps({"success": True}), "ok")),
        answer=answer,
        expected=tool["function"]["name"],
    )


def other_errand_tool(rng: Random, purposes: Collection[str]) -> Tool:
    """A tool for none of the given purposes."""
    fitting = [errand for errand in _ERRANDS if errand.purpose not in purposes]
    return _describe(rng, rng.choice(fitting))


def _describe(rng: Random, errand: Errand) -> Tool:
    """What every question gives is required, in the order of the errand's parameters."""
    case, parameter_case = choose_cases(rng)
    parameters = [
        Parameter(words=tuple(name.split()), type=type_name, about=f"The {name}")
        for names, type_name, _ in errand.parameters
        for name in [rng.choice(names.split("|"))]
    ]
    optional = rng.choice(("label", "notes", "date", "unit", "priority"))
    if rng.random() < 0.35:
        parameters.append(
            Parameter(words=(optional,), type="string", about=optional, is_required=False)
        )
    name = case(rng.choice(errand.names.split("|")).split())
    about = rng.choice(errand.abouts.split("|"))
    return describe_tool(rng, name, about, parameters, parameter_case)


def _city(rng: Random) -> str:
    return rng.choice(words.CITIES)


def _name(rng: Random) -> str:
    return rng.choice(words.NAMES) if rng.random() < 0.5 else words.word(rng).capitalize()


def _title(rng: Random) -> str:
    return " ".join(words.word(rng).capitalize() for _ in range(rng.randint(1, 2)))


def _phrase(rng: Random) -> str:
    return " ".join(words.word(rng).lower() for _ in range(rng.randint(1, 3)))


def _word(rng: Random) -> str:
    return words.word(rng).lower()


def _mail(rng: Random) -> str:
    return f"{rng.choice(words.NAMES).lower()}@{_word(rng)}.{rng.choice(('com', 'org', 'net'))}"


def _ticker(rng: Random) -> str:
    return "".join(rng.choices("ABCDEFGHIKLMNOPRSTVXYZ", k=rng.randint(3, 4)))


def _few(rng: Random) -> int:
    return rng.randint(2, 12)


def _minutes(rng: Random) -> int:
    return rng.choice((rng.randint(2, 20), 5 * rng.randint(1, 18)))


def _degrees(rng: Random) -> int:
    return rng.randint(15, 28)


def _amount(rng: Random) -> int:
    return rng.choice((rng.randint(2, 99), 50 * rng.randint(1, 20)))


def _currency(rng: Random) -> str:
    return rng.choice(words.listed("USD EUR GBP JPY CHF dollars euros pounds yen francs"))


def _language(rng: Random) -> str:
    return rng.choice(words.listed("French German Spanish Italian Dutch Polish Latin Greek"))


def _room(rng: Random) -> str:
    return rng.choice(
        words.listed("kitchen bedroom hall bathroom garage office attic cellar porch")
    )


_ERRANDS = (
    Errand(
        purpose="timer",
        names="set timer|start timer|timer|create timer",
        abouts="Set a timer|Start a countdown timer",
        parameters=(("minutes|duration|duration minutes|length", "integer", _minutes),),
        questions="Set a timer for {0} minutes.|Start a {0} minute timer.|"
        "Remind me in {0} minutes.|Timer, {0} minutes.|Count down {0} minutes.|"
        "Tell me when {0} minutes are over.",
    ),
    Errand(
        purpose="alarm",
        names="set alarm|create alarm|alarm|wake user",
        abouts="Set an alarm|Set an alarm clock",
        parameters=(("time|at|clock time|when", "string", words.clock),),
        questions="Wake me at {0}.|Set an alarm for {0}.|Alarm at {0}, please.|"
        "I must get up at {0}.",
    ),
    Errand(
        purpose="song",
        names="play music|play song|play|start playback|music player",
        abouts="Play music|Play a song or an artist",
        parameters=(("query|song|artist|title|track", "string", _title),),
        questions="Play {0}.|Put on {0}.|I want to hear {0}.|Play something by {0}.|"
        "Can you play {0}?|Some {0}, please.|Start {0}.",
    ),
    Errand(
        purpose="light",
        names="turn on lights|switch on lights|lights on|control lights|set light",
        abouts="Turn on the lights of a room|Switch lights on",
        parameters=(("room|place|area|location", "string", _room),),
        questions="Turn on the lights in the {0}.|Switch on the {0} lights.|Lights on in the {0}.|"
        "It is dark in the {0}.|Make the {0} bright.|I cannot see anything in the {0}.",
    ),
    Errand(
        purpose="temperature",
        names="set temperature|set thermostat|heat|thermostat",
        abouts="Set the temperature of the heating|Set the thermostat",
        parameters=(("degrees|temperature|target|celsius", "integer", _degrees),),
        questions="Make it {0} degrees.|Set the heating to {0} degrees.|Heat to {0} degrees.|"
        "I want {0} degrees in here.",
    ),
    Errand(
        purpose="flight",
        names="find flights|search flights|flight search|book flight|get flights",
        abouts="Find flights between two cities|Search for flights",
        parameters=(
            ("origin|from|from city|start|departure", "string", _city),
            ("destination|to|to city|target|arrival", "string", _city),
        ),
        questions="Find flights from {0} to {1}.|I want to fly from {0} to {1}.|"
        "Are there flights from {0} to {1}?|Flights {0} to {1}?|Find me a flight from {0} to {1}.|"
        "I need to be in {1}. I am in {0}.",
    ),
    Errand(
        purpose="distance",
        names="get distance|distance|measure distance|route length",
        abouts="Distance between two places|How far places are apart",
        parameters=(
            ("origin|from|start|first city", "string", _city),
            ("destination|to|end|second city", "string", _city),
        ),
        questions="How far is it from {0} to {1}?|What is the distance between {0} and {1}?|"
        "How many kilometers are {0} and {1} apart?|{0} to {1}: how far?",
    ),
    Errand(
        purpose="route",
        names="get directions|navigate|find route|directions",
        abouts="Directions to a place|Navigate to a place",
        parameters=(("destination|to|place|target", "string", _city),),
        questions="Take me to {0}.|How do I get to {0}?|Directions to {0}.|Which way is {0}?|"
        "Navigate to {0}.",
    ),
    Errand(
        purpose="translation",
        names="translate|translate text|translation|text translator",
        abouts="Translate text|Translate text into another language",
        parameters=(
            ("text|phrase|input|content", "string", _phrase),
            ("language|target language|to|target", "string", _language),
        ),
        questions="Translate {0} to {1}.|Translate {0} into {1}.|How do you say {0} in {1}?|"
        "What is {0} in {1}?|{0} in {1}, please.",
    ),
    Errand(
        purpose="word",
        names="define word|define|dictionary|lookup word|get definition",
        abouts="Meaning of a word|Look a word up in the dictionary",
        parameters=(("word|term|query|entry", "string", _word),),
        questions="What does {0} mean?|Define {0}.|What is the meaning of {0}?|"
        "Explain the word {0}.",
    ),
    Errand(
        purpose="currency",
        names="convert currency|exchange|currency converter|convert money",
        abouts="Convert money|Convert an amount into another currency",
        parameters=(
            ("amount|value|sum", "number", _amount),
            ("source|from|from currency|base", "string", _currency),
            ("target|to|to currency|quote", "string", _currency),
        ),
        questions="Convert {0} {1} to {2}.|How much is {0} {1} in {2}?|What are {0} {1} in {2}?|"
        "Change {0} {1} into {2}.|{0} {1} in {2}?",
    ),
    Errand(
        purpose="stock",
        names="get stock price|stock price|stock quote|quote|get quote",
        abouts="Price of a stock|Latest quote of a ticker",
        parameters=(("ticker|symbol|stock|company", "string", _ticker),),
        questions="How is {0} trading?|What is {0} at?|Price of {0} stock?|How does {0} do today?|"
        "What is the stock price of {0}?|Quote for {0}, please.",
    ),
    Errand(
        purpose="email",
        names="send email|send mail|email|write email|mail",
        abouts="Send an email|Write an email to somebody",
        parameters=(
            ("to|recipient|address|email", "string", _mail),
            ("subject|title|about|topic", "string", _title),
        ),
        questions="Email {0} about {1}.|Send {0} an email with the subject {1}.|"
        "Write to {0} about {1}.|Mail {0}: {1}.|Tell {0} about {1} by mail.",
    ),
    Errand(
        purpose="table",
        names="book table|reserve table|make reservation|restaurant booking",
        abouts="Book a table at a restaurant|Make a reservation",
        parameters=(
            ("restaurant|place|name|venue", "string", _name),
            ("people|guests|party size|seats", "integer", _few),
        ),
        questions="Book a table at {0} for {1}.|Reserve a table for {1} at {0}.|"
        "Table for {1} at {0}, please.|We are {1} and want to eat at {0}.|"
        "Get us a table at {0} for {1} people.",
    ),
    Errand(
        purpose="note",
        names="add note|save note|take note|create note|note",
        abouts="Save a note|Note something down",
        parameters=(("text|note|content|body", "string", _phrase),),
        questions="Note down: {0}.|Make a note: {0}.|Remember {0}.|Write down {0}.|Note: {0}",
    ),
    Errand(
        purpose="news",
        names="get news|search news|latest news|news",
        abouts="News about a topic|Search the news",
        parameters=(("topic|query|about|keyword", "string", _word),),
        questions="What is new about {0}?|Any news on {0}?|Show the news about {0}.|{0} news?|"
        "What happened with {0}?",
    ),
)
