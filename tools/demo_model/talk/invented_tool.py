"""Tools that nobody has seen: an action on a thing, with arguments that the user names."""

import json
from collections.abc import Collection, Sequence
from random import Random

from tools.demo_model import words
from tools.demo_model.talk.english import article, sentence
from tools.demo_model.talk.tool_parameters import Wish, make_wishes
from tools.demo_model.talk.tool_schema import Case, Parameter, choose_cases, describe_tool
from tools.demo_model.talk.tool_use import Tool, ToolUse
from tools.demo_model.talk.turn import typed

# Whether an action looks something up or does something.
_LOOKUPS = words.listed("get find search fetch lookup check show read list query retrieve load")
_DEEDS = words.listed("""
book create send order cancel schedule set update delete add remove start stop open
close reserve play track convert translate calculate estimate plan buy print share save submit
rename move pause assign approve export import upload download register generate compare""")
_NOUNS = words.listed("""
flight hotel room recipe song ticket reminder invoice package stock news event table message
email meeting movie book currency alarm timer light temperature distance route restaurant weather
forecast price order product customer account balance payment report chart document file photo
video playlist calendar appointment task note contact user profile password subscription course
lesson job shipment parcel address map taxi train bus bike car rental tour museum concert game
team player score match exercise workout meal diet medicine doctor patient sensor device printer
server database backup log branch commit issue translation word definition quote joke fact poll
survey vote budget loan insurance tax salary exchange_rate stock_price traffic parking tide sunrise
holiday translation coupon discount cart wishlist review rating""")


def use_invented_tool(rng: Random) -> ToolUse:
    """A request that names the value of every required parameter, and the call that it needs."""
    is_lookup = rng.random() < 0.5
    verb = rng.choice(_LOOKUPS if is_lookup else _DEEDS)
    noun = _noun(rng)
    wishes = make_wishes(rng, rng.choices((0, 1, 2, 3, 4), (1, 9, 10, 6, 3))[0])
    is_wanted = [index == 0 or rng.random() < 0.8 for index in range(len(wishes))]
    parameters = [
        _parameter(rng, wish, is_wanted=wanted)
        for wish, wanted in zip(wishes, is_wanted, strict=True)
    ]
    case, parameter_case = choose_cases(rng)
    tool = describe_tool(
        rng, _name(rng, verb, noun, case), _about(rng, verb, noun), parameters, parameter_case
    )
    wanted = [wish for wish, is_said in zip(wishes, is_wanted, strict=True) if is_said]
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
        expected=tool["function"]["name"],
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


def _parameter(rng: Random, wish: Wish, *, is_wanted: bool) -> Parameter:
    """One that is not asked for must be optional; one that is may be."""
    known = wish.parameter
    return Parameter(
        words=known.words,
        type=known.type,
        about=known.about,
        choices=known.choices,
        is_required=is_wanted and rng.random() < 0.85,
    )


def _name(rng: Random, verb: str, noun: str, case: Case) -> str:
    parts = [verb, *noun.split()]
    roll = rng.random()
    if roll < 0.1:
        parts = [*noun.split(), verb]
    elif roll < 0.16:
        parts.append(rng.choice(("info", "data", "tool", "service", "v2", "api")))
    elif roll < 0.2:
        parts = noun.split()
    return case(parts)


def _about(rng: Random, verb: str, noun: str) -> str:
    phrase = rng.choice(
        (
            f"{verb} {article(noun)} {noun}",
            f"{verb} the {noun}",
            f"tool to {verb} {article(noun)} {noun}",
            f"use this to {verb} {article(noun)} {noun}",
            f"{noun} {verb}",
            f"{verb}s {article(noun)} {noun} for the user",
        )
    )
    return rng.choice((phrase, phrase.capitalize(), sentence(phrase)))


def _request(rng: Random, verb: str, noun: str, wishes: Sequence[Wish], *, is_lookup: bool) -> str:
    act = "look up" if verb == "lookup" else verb
    a_noun = rng.choice((f"{article(noun)} {noun}", f"the {noun}", f"{article(noun)} {noun}"))
    starts = [
        f"{act} {a_noun}",
        f"please {act} {a_noun}",
        f"can you {act} {a_noun}",
        f"I want to {act} {a_noun}",
        f"I need you to {act} {a_noun}",
        f"could you {act} {a_noun}",
        f"I'd like to {act} {a_noun}",
        f"help me {act} {a_noun}",
    ]
    if is_lookup:
        starts += [
            f"what is the {noun}",
            f"what's the {noun}",
            f"tell me the {noun}",
            f"give me the {noun}",
            f"I need the {noun}",
            f"do you know the {noun}",
            f"show me the {noun}",
        ]
    phrases = [wish.phrase for wish in wishes]
    rng.shuffle(phrases)
    start = rng.choice(starts)
    text = start + "".join(phrase if phrase.startswith(",") else f" {phrase}" for phrase in phrases)
    is_question = start.startswith(("can", "could", "what", "do "))
    return typed(rng, f"{text[0].upper()}{text[1:]}{'?' if is_question else rng.choice('...!')}")


def _found(rng: Random, noun: str) -> tuple[str, str]:
    value = rng.choice(
        (words.number(rng), words.word(rng).capitalize(), words.date(rng), words.code(rng))
    )
    key = rng.choice(("result", "value", noun.replace(" ", "_"), "answer", "data"))
    response = json.dumps({key: value}) if rng.random() < 0.8 else value
    return response, rng.choice((f"The {noun} is {value}.", f"It is {value}."))


def _done(rng: Random, noun: str) -> tuple[str, str]:
    code = words.code(rng)
    return rng.choice(
        (
            (json.dumps({"status": "ok"}), f"Done. The {noun} is taken care of."),
            (json.dumps({"success": True, "id": code}), f"Done. The number is {code}."),
            (json.dumps({"status": "confirmed", "id": code}), f"It is confirmed as {code}."),
            (json.dumps({"result": code}), f"Done. The result is {code}."),
            (json.dumps({"error": "not found"}), f"That did not work: the {noun} was not found."),
        )
    )
