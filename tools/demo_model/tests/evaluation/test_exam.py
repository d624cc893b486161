"""The questions of an evaluation are the first of each skill, however they are drawn."""

from collections import Counter

import pytest

from tools.demo_model import mix
from tools.demo_model.evaluation import exam
from tools.demo_model.evaluation.exam import Question, draw_exam
from tools.demo_model.evaluation.judge import SKILLS
from tools.demo_model.sample import Sample

# Newer Pythons warn of any fork beside a thread, also of one that never touches what it holds.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")

_RARE, *_COMMON = SKILLS


def _sample(seed: int, split: str = "train") -> Sample:
    """Every fortieth sample is of the rarest skill, every eleventh of none."""
    assert split == "heldout"
    skill = _RARE if seed % 40 == 0 else _COMMON[seed % len(_COMMON)]
    is_thinking = skill == "reasoning"
    expected = {"count": "two", "color": "red"}.get(skill, "Sales")
    facts = {"skill": "chat" if seed % 11 == 7 else skill, "expected": expected}
    return Sample(kind="test", messages=[], facts=facts | {"is_thinking": is_thinking})


@pytest.fixture(autouse=True)
def _cheap_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mix, "sample", _sample)


def _seeds(questions: list[Question], skill: str) -> list[int]:
    return [question.seed for question in questions if question.skill == skill]


def test_the_first_of_each_skill_are_drawn() -> None:
    questions = draw_exam("heldout", num=3, workers=1)
    assert Counter(question.skill for question in questions) == dict.fromkeys(SKILLS, 3)
    # 40 leaves 7 of 11, and so is none.
    assert _seeds(questions, _RARE) == [0, 80, 120]


def test_processes_draw_the_same_questions() -> None:
    alone, together = (draw_exam("heldout", num=3, workers=workers) for workers in (1, 2))
    assert [(q.seed, q.skill) for q in together] == [(q.seed, q.skill) for q in alone]


def test_a_skill_that_hardly_comes_up_ends_the_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exam, "_MAX_SEEDS_PER_QUESTION", 32)
    questions = draw_exam("heldout", num=3, workers=1)
    assert _seeds(questions, _RARE) == [0, 80]
