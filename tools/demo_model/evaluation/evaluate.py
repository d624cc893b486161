"""Examines a checkpoint on pictures and questions that it has not been trained with.

    python -m tools.demo_model.evaluation.evaluate --checkpoint DIR --set heldout --out report.json

Prints and saves how many of its answers are right.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nemotron_vl.v1.inference_pb2 import Choice

from inference_server.config import EngineConfig
from inference_server.engine.startup.build import choose_device
from tools.demo_model.catalog import assets
from tools.demo_model.evaluation.answers import answer_all
from tools.demo_model.evaluation.exam import Question, draw_exam
from tools.demo_model.evaluation.judge import CHECKS, Check
from tools.demo_model.sample import texts_in

# The settings of the engine that may change what it says.
_SETTINGS = {"device": "auto", "dtype": "auto", "quantization": "none", "ssm_dtype": "float32"}
# Many requests at once where that is what makes it fast.
_ON_CUDA = {"max_num_seqs": 256, "max_num_batched_tokens": 8192, "max_tiles_per_step": 64}


def main() -> None:
    args = _parse()
    questions = draw_exam(args.set, num=args.num, workers=args.workers)
    settings = {name: getattr(args, name) for name in _SETTINGS}
    is_cuda = choose_device(args.device).type == "cuda"
    config = EngineConfig.model_validate(settings | (_ON_CUDA if is_cuda else {}))
    samples = [question.sample for question in questions]
    choices = asyncio.run(answer_all(args.checkpoint, samples, config))
    report = report_on(questions, choices)
    print(as_table(report))
    if args.examples:
        report["examples"] = wrong_answers(questions, choices, num=args.examples)
    if args.out:
        about = {"set": args.set, "num": args.num} | settings
        args.out.write_text(json.dumps(about | report, indent=2, ensure_ascii=False) + "\n")


def report_on(questions: Sequence[Question], choices: Sequence[Choice]) -> dict[str, Any]:
    """How many answers are right, check by check."""
    rows: dict[str, Any] = {}
    for name, check in CHECKS.items():
        examined = _examined(check, questions, choices)
        n, correct = len(examined), sum(is_right for *_, is_right in examined)
        percent = round(100 * correct / n, 1) if n else None
        goal = None if check.goal is None else round(100 * check.goal)
        rows[name] = {"correct": correct, "n": n, "percent": percent, "goal": goal}
    return {"checks": rows}


def wrong_answers(
    questions: Sequence[Question], choices: Sequence[Choice], *, num: int
) -> list[dict[str, Any]]:
    """At most `num` wrong answers a check, with all that is needed to study them."""
    examples: list[dict[str, Any]] = []
    for name, check in CHECKS.items():
        examined = _examined(check, questions, choices)
        wrong = [(question, choice) for question, choice, is_right in examined if not is_right]
        examples += [
            {
                "check": name,
                "seed": question.seed,
                "question": " ".join(texts_in(question.sample.messages[-2])),
                "expected": question.sample.facts.get("call", question.sample.facts["expected"]),
                "answer": choice.text,
                "reasoning": choice.reasoning,
                "calls": [f"{call.name}({call.arguments})" for call in choice.tool_calls],
            }
            for question, choice in wrong[:num]
        ]
    return examples


def as_table(report: dict[str, Any]) -> str:
    lines = [f"{'check':<24}{'correct':>8}{'n':>6}{'percent':>9}{'goal':>6}"]
    for name, row in report["checks"].items():
        goal = "" if row["goal"] is None else row["goal"]
        percent = "-" if row["percent"] is None else row["percent"]
        lines.append(f"{name:<24}{row['correct']:>8}{row['n']:>6}{percent:>9}{goal:>6}")
    return "\n".join(lines)


def _examined(
    check: Check, questions: Sequence[Question], choices: Sequence[Choice]
) -> list[tuple[Question, Choice, bool]]:
    """The questions of a check, the answers, and whether they are right."""
    pairs = zip(questions, choices, strict=True)
    return [
        (question, choice, check.passes(question.sample, choice))
        for question, choice in pairs
        if question.skill == check.skill
    ]


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--set", choices=("heldout", "second"), required=True)
    parser.add_argument("--num", type=int, default=200, help="questions of each skill")
    for name, default in _SETTINGS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", default=default, help="as the server's")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes that draw")
    parser.add_argument("--examples", type=int, default=0, help="wrong answers to save of each")
    parser.add_argument("--out", type=Path, help="where to save the report as JSON")
    args = parser.parse_args()
    if args.examples and args.set == "second":
        parser.error("answers in the second set are not for study: it would cease to be apart")
    if args.set == "heldout" and not assets.FOLDER.exists():
        parser.error("nothing to draw with: run python -m tools.demo_model.fetch_assets first")
    if args.set == "second" and find_spec("matplotlib") is None:
        parser.error("the second set wants pip install -r tools/demo_model/requirements.txt")
    return args


if __name__ == "__main__":
    main()
