"""The mix of all samples: `sample(seed)` is the same on every machine."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from random import Random
from typing import Any, Literal

from tools.demo_model.pictures.drawing.picture import Picture
from tools.demo_model.pictures.scenes.moving_scene import draw_moving_scene
from tools.demo_model.pictures.scenes.object_scene import draw_object_scene
from tools.demo_model.pictures.scenes.shape_scene import draw_shape_scene
from tools.demo_model.sample import Sample
from tools.demo_model.subjects import Subject, choose_subject
from tools.demo_model.talk.caption_request import ask_caption
from tools.demo_model.talk.dialogue import Part, converse, picture_parts, video_part
from tools.demo_model.talk.pair import ask_pair_kinds, ask_pair_scenes
from tools.demo_model.talk.scenes.motion import ask_motion
from tools.demo_model.talk.small_talk import ask_small, ask_strange, thank
from tools.demo_model.talk.tools.conversation import (
    picture_price_conversation,
    tool_conversation,
    wish_without_tool,
)
from tools.demo_model.talk.turn import Turn

Split = Literal["train", "heldout"]


def sample(seed: int, split: Split = "train") -> Sample:
    """The held-out split has other seeds, fonts, titles, layouts and wordings of captions."""
    rng = Random(f"{split}/{seed}")
    make = rng.choices(_RECIPES, _RECIPE_WEIGHTS)[0]
    return make(rng, split == "heldout")


def _one_picture(rng: Random, is_held_out: bool) -> Sample:
    subject = choose_subject(rng)
    picture = subject.draw(rng, is_held_out=is_held_out)
    is_thinking = rng.random() < 0.08
    num_turns = 1 if is_thinking else rng.choices((1, 2, 3, 4), (40, 30, 20, 10))[0]
    turns = _different_turns(rng, subject, picture.facts, num_turns, is_held_out=is_held_out)
    parts = picture_parts(1)
    return _sample(rng, subject.kind, turns, [picture], parts, is_thinking=is_thinking, of=picture)


def _different_turns(
    rng: Random, subject: Subject, facts: Any, count: int, *, is_held_out: bool
) -> list[Turn]:
    """About `count` turns that do not ask the same again; the caption comes first if it comes.

    At times something else is said than of the picture, and that is the end.
    """
    turns: list[Turn] = []
    if rng.random() < 0.4:
        turns.append(ask_caption(rng, subject.caption(rng, facts), is_held_out=is_held_out))
    if subject.ask_twice and count > 1 and rng.random() < 0.3:
        turns += subject.ask_twice(rng, facts)
    answers = {turn.answer for turn in turns}
    for _ in range(3 * count):
        if len(turns) >= count:
            break
        turn = subject.ask(rng, facts)
        if turn.answer not in answers:
            answers.add(turn.answer)
            turns.append(turn)
    if rng.random() < 0.04:
        turns[rng.randint(0, len(turns)) :] = [_aside(rng)]
    return turns


def _aside(rng: Random) -> Turn:
    # Few refusals: taught three times as often, it refused what it had tools for.
    return rng.choices((thank, ask_strange, wish_without_tool), (4, 1, 1))[0](rng)


def _two_pictures(rng: Random, is_held_out: bool) -> Sample:
    pictures: list[Picture[Any]]
    if rng.random() < 0.5:
        subjects = [choose_subject(rng) for _ in range(2)]
        pictures = [subject.draw(rng, is_held_out=is_held_out) for subject in subjects]
        turn = ask_pair_kinds(rng, (subjects[0].kind, subjects[1].kind))
    else:
        draw = rng.choice((draw_shape_scene, draw_object_scene))
        pictures = [draw(rng, is_held_out=is_held_out) for _ in range(2)]
        turn = ask_pair_scenes(rng, (pictures[0].facts, pictures[1].facts))
    is_thinking = rng.random() < 0.05
    return _sample(rng, "pair", [turn], pictures, picture_parts(2), is_thinking=is_thinking)


def _video(rng: Random, is_held_out: bool) -> Sample:
    frames = draw_moving_scene(rng, is_held_out=is_held_out)
    step = rng.choice((0.25, 0.5, 0.5, 1.0))
    turn = ask_motion(rng, frames[0].facts)
    part = video_part([step * i for i in range(len(frames))])
    return _sample(rng, "video", [turn], frames, [part], of=frames[0])


def _small_talk(rng: Random, is_held_out: bool) -> Sample:
    del is_held_out
    ask = rng.choices((ask_small, wish_without_tool), (9, 1))[0]
    turns = [ask(rng) for _ in range(rng.choice((1, 1, 2)))]
    is_thinking = len(turns) == 1 and rng.random() < 0.08
    return _sample(rng, "small talk", turns, is_thinking=is_thinking)


def _sample(
    rng: Random,
    kind: str,
    turns: list[Turn],
    pictures: Sequence[Picture[Any]] = (),
    parts: Sequence[Part] = (),
    *,
    is_thinking: bool = False,
    of: Picture[Any] | None = None,
) -> Sample:
    """The conversation of these turns; its facts are those of one picture, if it is about one."""
    return Sample(
        kind=kind,
        messages=converse(rng, turns, parts, is_thinking=is_thinking),
        images=tuple(picture.pixels for picture in pictures),
        labels=tuple(picture.labels for picture in pictures),
        facts={
            "skill": turns[-1].skill,
            "expected": turns[-1].expected,
            "is_thinking": is_thinking,
            "picture": asdict(of.facts) if of else {},
        },
    )


Recipe = Callable[[Random, bool], Sample]
_WEIGHT_BY_RECIPE: dict[Recipe, float] = {
    _one_picture: 74,
    _two_pictures: 3,
    _video: 2,
    _small_talk: 4,
    tool_conversation: 26,
    picture_price_conversation: 2,
}
_RECIPES = list(_WEIGHT_BY_RECIPE)
_RECIPE_WEIGHTS = list(_WEIGHT_BY_RECIPE.values())
