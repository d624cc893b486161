"""Draws the questions of an evaluation: so many of each skill, from one of the two sets."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Literal

from tools.demo_model import mix
from tools.demo_model.judge import SKILLS, skill_of
from tools.demo_model.sample import Sample

SetName = Literal["heldout", "second"]
Draw = Callable[[int], "Question | None"]

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

    They do not depend on `workers`, the processes that draw; 0 draws in this one.
    """
    found: dict[str, list[Question]] = {skill: [] for skill in skills_in(set_name)}
    per_round = _SEEDS_PER_WORKER * max(workers, 1)
    with _mapper(workers) as map_seeds:
        for first in range(0, _MAX_SEEDS_PER_QUESTION * num, per_round):
            wanted = frozenset(skill for skill, questions in found.items() if len(questions) < num)
            if not wanted:
                break
            seeds = range(first, first + per_round)
            for question in map_seeds(partial(_question, set_name, wanted), seeds):
                if question is not None and len(found[question.skill]) < num:
                    found[question.skill].append(question)
    return [question for questions in found.values() for question in questions]


@contextmanager
def _mapper(
    workers: int,
) -> Iterator[Callable[[Draw, range], Iterator[Question | None]]]:
    if not workers:
        yield map
        return
    # Forked, since no thread runs yet and importing anew would take seconds.
    with ProcessPoolExecutor(workers, get_context("fork")) as pool:
        yield partial(pool.map, chunksize=4)


def _question(set_name: SetName, wanted: frozenset[str], seed: int) -> Question | None:
    """What is drawn from the seed, if it is of a wanted skill."""
    sample = _sample(set_name, seed)
    skill = skill_of(sample)
    return Question(seed=seed, skill=skill, sample=sample) if skill in wanted else None


def _sample(set_name: SetName, seed: int) -> Sample:
    if set_name == "heldout":
        return mix.sample(seed, "heldout")
    # Needs matplotlib, which nothing else does.
    from tools.demo_model import second_set

    return second_set.sample(seed)
