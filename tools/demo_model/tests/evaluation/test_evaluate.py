"""Evaluations from asking a checkpoint to the table."""

from pathlib import Path

import numpy as np
import pytest
from nemotron_vl.v1.inference_pb2 import FINISH_REASON_STOP, Choice, Finish

from inference_server.config import EngineConfig
from tools.demo_model.catalog import assets
from tools.demo_model.evaluation import evaluate
from tools.demo_model.evaluation.answers import answer_all
from tools.demo_model.evaluation.evaluate import as_table, report_on, wrong_answers
from tools.demo_model.evaluation.exam import Question
from tools.demo_model.sample import Sample
from tools.random_checkpoint.checkpoint import RandomSizes, write_random_checkpoint


def _question(skill: str, expected: str, *, system: str = "/no_think", seed: int = 0) -> Question:
    content = [{"type": "image"}, {"type": "text", "text": "Which color is it?"}]
    sample = Sample(
        kind="test",
        messages=[
            {"role": "system", "content": system},
            {"role": "user", "content": content},
            {"role": "assistant", "content": expected},
        ],
        images=(np.full((512, 512, 3), 40 * seed, dtype=np.uint8),),
        facts={"skill": skill, "expected": expected, "is_thinking": system == "/think"},
    )
    return Question(seed=seed, skill=skill, sample=sample)


def _said(text: str) -> Choice:
    return Choice(text=text, finish=Finish(reason=FINISH_REASON_STOP))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sizes = RandomSizes(pattern="M*-", position_grid=32, max_tiles=1, max_model_len=512)
    return write_random_checkpoint(tmp_path_factory.mktemp("checkpoint"), sizes=sizes)


async def test_the_server_s_own_path_answers_in_order(checkpoint: Path) -> None:
    """A random model never ends its thoughts; who is not asked to think has none."""
    systems = ("/no_think", "/think", "/no_think")
    questions = [
        _question("color", "red", system=system, seed=seed) for seed, system in enumerate(systems)
    ]
    config = EngineConfig(device="cpu", max_num_seqs=4)
    choices = await answer_all(checkpoint, [question.sample for question in questions], config)
    assert [bool(choice.reasoning) for choice in choices] == [False, True, False]
    assert [bool(choice.text) for choice in choices] == [True, False, True]


def test_right_answers_are_counted_by_check() -> None:
    questions = [_question("color", "red"), _question("color", "blue"), _question("count", "two")]
    report = report_on(questions, [_said("Red."), _said("Green."), _said("There are two.")])
    assert report["checks"]["color"] == {"correct": 1, "n": 2, "percent": 50.0, "goal": 95}
    assert report["checks"]["count up to six"]["percent"] == 100.0
    assert report["checks"]["exact title"] == {"correct": 0, "n": 0, "percent": None, "goal": 70}


def test_the_table_has_a_row_a_check() -> None:
    report = report_on([_question("color", "red")], [_said("Red.")])
    rows = as_table(report).splitlines()[1:]
    assert len(rows) == len(report["checks"])
    assert "color                          1     1    100.0    95" in rows


def test_wrong_answers_can_be_studied() -> None:
    questions = [_question("color", "red", seed=seed) for seed in range(3)]
    choices = [_said("Red."), _said("Blue."), _said("Green.")]
    [example] = wrong_answers(questions, choices, num=1)
    assert example["seed"] == 1
    assert example["question"] == "Which color is it?"
    assert (example["expected"], example["answer"]) == ("red", "Blue.")


@pytest.mark.parametrize(("set_name", "remedy"), [("heldout", "fetch_assets"), ("second", "pip")])
def test_says_what_a_set_is_drawn_with(
    set_name: str,
    remedy: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(assets, "FOLDER", tmp_path / "nowhere")
    monkeypatch.setattr(evaluate, "find_spec", lambda _: None)
    monkeypatch.setattr("sys.argv", ["evaluate", "--checkpoint", "x", "--set", set_name])
    with pytest.raises(SystemExit):
        evaluate.main()
    assert remedy in capsys.readouterr().err
