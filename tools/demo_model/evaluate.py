"""Examines a checkpoint on pictures and questions that it has not been trained with.

    python -m tools.demo_model.evaluate --checkpoint DIR --set heldout --num 200 --out report.json

Prints and saves how many of its answers are right. The second set needs
requirements/demo_model.txt, the held-out one what fetch_assets fetches.
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nemotron_vl.v1.inference_pb2 import Choice

from inference_server.config import EngineConfig
from inference_server.engine.startup.build import choose_device
from tools.demo_model import assets
from tools.demo_model.answers import answer_all
from tools.demo_model.exam import Question, draw_exam
from tools.demo_model.judge import CHECKS, Check


def main() -> None:
    args = _parse()
    questions = draw_exam(args.set, num=args.num, workers=args.workers)
    config = _engine_config(args)
    samples = [question.sample for question in questions]
    choices = asyncio.run(answer_all(args.checkpoint, samples, config))
    report = report_on(questions, choices)
    print(as_table(report))
    if args.examples:
        report["examples"] = wrong_answers(questions, choices, num=args.examples)
    if args.out:
        about = {"set": args.set, "num": args.num} | _settings(args)
        args.out.write_text(json.dumps(about | report, indent=2, ensure_ascii=False) + "\n")


def report_on(questions: Sequence[Question], choices: Sequence[Choice]) -> dict[str, Any]:
    """How many answers are right, check by check."""
    rows = {name: _row(check, questions, choices) for name, check in CHECKS.items()}
    return {"checks": rows}


def wrong_answers(
    questions: Sequence[Question], choices: Sequence[Choice], *, num: int
) -> list[dict[str, Any]]:
    """At most `num` wrong answers a check, with all that is needed to study them."""
    return [
        example
        for name, check in CHECKS.items()
        for example in [
            {
                "check": name,
                "seed": question.seed,
                "question": _question_text(question),
                "expected": question.sample.facts.get("call", question.sample.facts["expected"]),
                "answer": choice.text,
                "reasoning": choice.reasoning,
                "calls": [f"{call.name}({call.arguments})" for call in choice.tool_calls],
            }
            for question, choice in _examined(check, questions, choices)
            if not check.passes(question.sample, choice)
        ][:num]
    ]


def as_table(report: dict[str, Any]) -> str:
    lines = [f"{'check':<24}{'correct':>8}{'n':>6}{'percent':>9}{'goal':>6}"]
    for name, row in report["checks"].items():
        goal = "" if row["goal"] is None else f"{row['goal']:g}"
        percent = "-" if row["percent"] is None else f"{row['percent']:.1f}"
        lines.append(f"{name:<24}{row['correct']:>8}{row['n']:>6}{percent:>9}{goal:>6}")
    return "\n".join(lines)


def _row(check: Check, questions: Sequence[Question], choices: Sequence[Choice]) -> dict[str, Any]:
    verdicts = [
        check.passes(question.sample, choice)
        for question, choice in _examined(check, questions, choices)
    ]
    correct, n = sum(verdicts), len(verdicts)
    percent = round(100 * correct / n, 1) if n else None
    goal = None if check.goal is None else round(100 * check.goal)
    return {"correct": correct, "n": n, "percent": percent, "goal": goal}


def _examined(
    check: Check, questions: Sequence[Question], choices: Sequence[Choice]
) -> list[tuple[Question, Choice]]:
    pairs = zip(questions, choices, strict=True)
    return [(question, choice) for question, choice in pairs if question.skill == check.skill]


def _question_text(question: Question) -> str:
    content = question.sample.messages[-2]["content"]
    if isinstance(content, str):
        return content
    return " ".join(part["text"] for part in content if part["type"] == "text")


def _settings(args: argparse.Namespace) -> dict[str, Any]:
    """The settings of the engine that may change what it says."""
    return {name: getattr(args, name) for name in ("device", "dtype", "quantization", "ssm_dtype")}


def _engine_config(args: argparse.Namespace) -> EngineConfig:
    """Many requests at once where that is what makes it fast."""
    values = _settings(args)
    if choose_device(args.device).type == "cuda":
        values |= {"max_num_seqs": 256, "max_num_batched_tokens": 8192, "max_tiles_per_step": 64}
    return EngineConfig.model_validate(values)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--set", choices=("heldout", "second"), required=True)
    parser.add_argument("--num", type=int, default=200, help="questions of each skill")
    parser.add_argument("--device", default="auto", help="cpu, cuda or cuda:N")
    parser.add_argument("--dtype", default="auto", help="float32 or bfloat16")
    parser.add_argument("--quantization", default="none", help="none or fp8")
    parser.add_argument(
        "--ssm-dtype", default="float32", help="float32 or bfloat16, of Mamba states"
    )
    parser.add_argument("--workers", type=int, default=0, help="processes that draw")
    parser.add_argument("--examples", type=int, default=0, help="wrong answers to save of each")
    parser.add_argument("--out", type=Path, help="where to save the report as JSON")
    args = parser.parse_args()
    if args.examples and args.set == "second":
        parser.error("answers in the second set are not for study: it would cease to be apart")
    if args.set == "heldout" and not assets.FOLDER.exists():
        parser.error("nothing to draw with: run python -m tools.demo_model.fetch_assets first")
    if args.set == "second" and find_spec("matplotlib") is None:
        parser.error("the second set wants pip install -r requirements/demo_model.txt")
    return args


if __name__ == "__main__":
    main()
