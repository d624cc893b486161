"""Invented tools: an action on a thing, with arguments that the user names."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from random import Random

from tools.demo_model.catalog import words
from tools.demo_model.tables import table
from tools.demo_model.talk.english import a, sentence
from tools.demo_model.talk.tools.schema import Case, Tool, choose_cases, describe_tool
from tools.demo_model.talk.tools.use import ToolUse, name_of
from tools.demo_model.talk.tools.wishes import Wish, make_wishes
from tools.demo_model.talk.turn import typed

_TOOLS = table("talk/tools/invented")
# Whether an action looks something up or does something.
_LOOKUPS, _DEEDS = words.listed(_TOOLS["lookups"]), words.listed(_TOOLS["deeds"])
_NOUNS = words.listed(_TOOLS["nouns"])


def use_invented_tool(rng: Random) -> ToolUse:
    """A request that names the value of every required parameter, and the call that it needs."""
    is_lookup = rng.random() < 0.5
    verb = rng.choice(_LOOKUPS if is_lookup else _DEEDS)
    noun = _noun(rng)
    wishes = make_wishes(rng, rng.choices((0, 1, 2, 3, 4), (1, 9, 10, 6, 3))[0])
    wanted = [wish for index, wish in enumerate(wishes) if index == 0 or rng.random() < 0.8]
    # What is not asked for must be optional; what is may be.
    parameters = [
        replace(wish.parameter, is_required=wish in wanted and rng.random() < 0.85)
        for wish in wishes
    ]
    case, parameter_case = choose_cases(rng)
    name, about = _name(rng, verb, noun, case), _about(rng, verb, noun)
    tool = describe_tool(rng, name, about, parameters, parameter_case)
    values = {parameter_case(wish.parameter.words): wish.value for wish in wanted}
    properties = tool["function"]["parameters"]["properties"]
    response, answer = _found(rng, noun) if is_lookup else _done(rng, noun)
    return ToolUse(
        question=_request(rng, verb, noun, wanted, is_lookup=is_lookup),
        purpose=noun,
        tool=tool,
        arguments={name: values[name] for name in properties if name in values},
        response=response,
        answer=answer,
        expected=name_of(tool),
    )


def invent_tool(rng: Random, purposes: Collection[str]) -> Tool:
    """A tool for none of the given purposes."""
    parameters = [wish.parameter for wish in make_wishes(rng, rng.randint(1, 3))]
    verb, noun = rng.choice((*_LOOKUPS, *_DEEDS)), _noun(rng)
    while any(part in purposes for part in (noun, *noun.split())):
        noun = _noun(rng)
    case, parameter_case = choose_cases(rng)
    name, about = _name(rng, verb, noun, case), _about(rng, verb, noun)
    return describe_tool(rng, name, about, parameters, parameter_case)


def _noun(rng: Random) -> str:
    noun = rng.choice(_NOUNS) if rng.random() < 0.7 else words.word(rng)
    return f"{words.word(rng)} {noun}" if rng.random() < 0.2 else noun.replace("_", " ")


def _name(rng: Random, verb: str, noun: str, case: Case) -> str:
    parts = [verb, *noun.split()]
    roll = rng.random()
    if roll < 0.1:
        parts = [*noun.split(), verb]
    elif roll < 0.16:
        parts.append(rng.choice(_TOOLS["endings"]))
    elif roll < 0.2:
        parts = noun.split()
    return case(parts)


def _about(rng: Random, verb: str, noun: str) -> str:
    phrase = rng.choice(_TOOLS["abouts"]).format(verb=verb, noun=noun, a_noun=a(noun))
    return rng.choice((phrase, phrase.capitalize(), sentence(phrase)))


def _request(rng: Random, verb: str, noun: str, wishes: Sequence[Wish], *, is_lookup: bool) -> str:
    act = "look up" if verb == "lookup" else verb
    a_noun = rng.choice((a(noun), f"the {noun}", a(noun)))
    phrases = [wish.phrase for wish in wishes]
    rng.shuffle(phrases)
    starts = _TOOLS["starts"] + _TOOLS["lookup_starts"] * is_lookup
    start = rng.choice(starts).format(act=act, noun=noun, a_noun=a_noun)
    text = start + "".join(phrase if phrase.startswith(",") else f" {phrase}" for phrase in phrases)
    is_question = start.startswith(("can", "could", "what", "do "))
    return typed(rng, f"{text[0].upper()}{text[1:]}{'?' if is_question else rng.choice('...!')}")


def _found(rng: Random, noun: str) -> tuple[str, str]:
    """The result of a lookup and the answer made from it."""
    value = rng.choice(
        (words.number(rng), words.capitalized(rng), words.date(rng), words.code(rng))
    )
    key = rng.choice(_TOOLS["keys"]).format(noun=noun.replace(" ", "_"))
    response = json.dumps({key: value}) if rng.random() < 0.8 else value
    return response, rng.choice(_TOOLS["found_answers"]).format(noun=noun, value=value)


def _done(rng: Random, noun: str) -> tuple[str, str]:
    """The result of an action and the answer made from it."""
    code = words.code(rng)
    response, answer = rng.choice(_TOOLS["done_replies"])
    return response.format(code=code), answer.format(code=code, noun=noun)
