"""Draws the questions of an evaluation: so many of each skill, from one of the two sets."""

from collections.abc import Set
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Literal

from tools.demo_model import mix
from tools.demo_model.evaluation.judge import SKILLS, skill_of
from tools.demo_model.sample import Sample

SetName = Literal["heldout", "second"]

# About every hundredth held-out sample shows the rarest skill.
_MAX_SEEDS_PER_QUESTION = 1000
_SEEDS_PER_WORKER = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A sample that shows a skill, and the seed that it is drawn from."""

    seed: int
    skill: str
    sample: Sample


def skills_in(set_name: SetName) -> tuple[str, ...]:
    """Those that a set examines: the second one asks for no captions."""
    return tuple(skill for skill in SKILLS if set_name == "heldout" or skill != "caption")


def draw_exam(set_name: SetName, *, num: int, workers: int) -> list[Question]:
    """The first `num` questions of each skill, fewer of a skill that hardly ever comes up.

    They do not depend on `workers`, the processes that draw.
    """
    found: dict[str, list[Question]] = {skill: [] for skill in skills_in(set_name)}
    per_round = _SEEDS_PER_WORKER * workers
    # Forked, since no thread runs yet and importing anew would take seconds.
    with ProcessPoolExecutor(workers, get_context("fork")) as pool:
        for first in range(0, _MAX_SEEDS_PER_QUESTION * num, per_round):
            wanted = {skill for skill, questions in found.items() if len(questions) < num}
            if not wanted:
                break
            draw, seeds = partial(_question, set_name, wanted), range(first, first + per_round)
            for question in pool.map(draw, seeds, chunksize=4):
                if question is not None and len(found[question.skill]) < num:
                    found[question.skill].append(question)
    return [question for questions in found.values() for question in questions]


def _question(set_name: SetName, wanted: Set[str], seed: int) -> Question | None:
    """The sample of the seed, if it shows a wanted skill."""
    sample = _sample(set_name, seed)
    skill = skill_of(sample)
    if skill is None or skill not in wanted:
        return None
    return Question(seed=seed, skill=skill, sample=sample)


def _sample(set_name: SetName, seed: int) -> Sample:
    if set_name == "heldout":
        return mix.sample(seed, "heldout")
    # Needs matplotlib, which nothing else does.
    from tools.demo_model import second_set

    return second_set.sample(seed)
