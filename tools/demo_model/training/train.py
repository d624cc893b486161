"""Trains the demo model, from nothing or further.

Worker processes draw samples while the device takes steps. A run may be stopped after some time
and goes on from its folder with the next call.
"""

import argparse
import csv
import itertools
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from random import Random

import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from tools.demo_model.conversation import load_prompt_builder
from tools.demo_model.mix import sample
from tools.demo_model.training.learner import Learner, Losses
from tools.demo_model.training.minibatch import Collector, Minibatch
from tools.demo_model.training.recipe import SIZES, Recipe
from tools.random_checkpoint.checkpoint import write_random_checkpoint

_LENGTHS = (320, 384, 512, 640, 2240)
_LOGGING_PERIOD, _SAVING_PERIOD = 20, 500
_SEEDS_PER_STEP = 4096


class Samples(IterableDataset[Minibatch]):
    """Minibatches without end, each worker drawing seeds of its own."""

    def __init__(self, checkpoint: Path, *, first_seed: int, tokens_per_batch: int) -> None:
        self._checkpoint = checkpoint
        self._first_seed = first_seed
        self._tokens_per_batch = tokens_per_batch

    def __iter__(self) -> Iterator[Minibatch]:
        torch.set_num_threads(1)
        worker = get_worker_info()
        index, count = (worker.id, worker.num_workers) if worker else (0, 1)
        tools = load_prompt_builder(self._checkpoint)
        collector = Collector(*tools, self._tokens_per_batch, _LENGTHS)
        for seed in itertools.count(self._first_seed + index, count):
            yield from collector.add(sample(seed))


def steps(loader: Iterable[Minibatch], recipe: Recipe, device: torch.device) -> Iterator[Minibatch]:
    """Joins minibatches of one length on the device, each of them for `uses` steps in all.

    Pictures are drawn more slowly than they are learnt from, so a minibatch comes again later and
    in other company (data echoing, https://arxiv.org/abs/1907.05550).
    """
    waiting: dict[int, list[Minibatch]] = {}
    seen: dict[int, list[Minibatch]] = {}
    rng = Random(0)
    for batch in loader:
        length, count = batch.token_ids.shape[1], recipe.batches_per_step
        fresh = waiting.setdefault(length, [])
        fresh.append(batch.to(device))
        if len(fresh) < count:
            continue
        yield Minibatch.join(fresh)
        again = seen.setdefault(length, [])
        for _ in range(recipe.uses - 1):
            again += fresh
            if len(again) > recipe.batches_kept:
                rng.shuffle(again)
                yield Minibatch.join([again.pop() for _ in range(count)])
        fresh.clear()


def main() -> None:
    args = _parse()
    torch.set_float32_matmul_precision("high")
    start = args.folder / "start"
    if not start.exists():
        if args.trained:
            shutil.copytree(args.trained, start)
        else:
            write_random_checkpoint(start, tokenizer=args.tokenizer, sizes=SIZES)
    recipe = Recipe(**{field.name: getattr(args, field.name) for field in fields(Recipe)})
    learner = Learner(start, recipe, device=args.device, is_trained=args.trained is not None)
    state = args.folder / "state.pt"
    if state.exists():
        learner.load_state(state)
    print(asdict(recipe), file=sys.stderr)
    _train(learner, args)
    _save(learner, args.folder)


def _train(learner: Learner, args: argparse.Namespace) -> None:
    started = time.monotonic()
    for batch in steps(_loader(learner, args), learner.recipe, args.device):
        seconds = time.monotonic() - started
        if learner.step >= learner.recipe.steps or seconds > args.stop_after_s:
            return
        losses = learner.take_step(batch)
        if learner.step % _LOGGING_PERIOD == 0 or learner.step == learner.recipe.steps:
            _log(args.folder / "log.csv", learner, batch, losses, seconds)
        if learner.step % _SAVING_PERIOD == 0:
            _save(learner, args.folder)


def _log(file: Path, learner: Learner, batch: Minibatch, losses: Losses, seconds: float) -> None:
    row = {
        "step": learner.step,
        "seconds": round(seconds, 1),
        "loss": round(losses.text.item(), 4),
        "label_loss": round(losses.labels.item(), 5),
        "rate": round(learner.recipe.rate_at(learner.step), 3),
        "images": len(batch.tiles),
        "sequences": len(batch.token_ids),
    }
    print(row, file=sys.stderr)
    is_new = not file.exists()
    with file.open("a", newline="") as log:
        csv.writer(log).writerows([row.keys()] * is_new + [row.values()])


def _save(learner: Learner, folder: Path) -> None:
    """Saves the state that a later call continues from, and a checkpoint that can be served."""
    learner.save_state(folder / "state.pt")
    learner.export(folder / "checkpoint")


def _loader(learner: Learner, args: argparse.Namespace) -> DataLoader[Minibatch]:
    """A run that goes on draws fresh seeds: which ones were in flight when it stopped is lost."""
    samples = Samples(
        args.folder / "start",
        first_seed=args.first_seed + learner.step * _SEEDS_PER_STEP,
        tokens_per_batch=args.tokens_per_batch,
    )
    return DataLoader(
        samples,
        batch_size=None,
        num_workers=args.workers,
        prefetch_factor=4 if args.workers else None,
        pin_memory=args.device.type == "cuda",
    )


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, epilog=Recipe.__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the run lives")
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--tokenizer", type=Path, help="start from nothing, with this tokenizer")
    start.add_argument("--trained", type=Path, help="start from this checkpoint")
    parser.add_argument("--stop-after-s", type=float, default=float("inf"))
    parser.add_argument("--workers", type=int, default=15, help="processes that draw")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", type=torch.device, default=device)
    for field in fields(Recipe):
        option, default = f"--{field.name.replace('_', '-')}", field.default
        if default is False:
            parser.add_argument(option, action="store_true")
        elif default is MISSING:
            parser.add_argument(option, type=int, required=True)
        else:
            parser.add_argument(option, type=type(default), default=default)
    args = parser.parse_args()
    if args.keep_vision and not args.trained:
        parser.error("--keep-vision needs --trained: an encoder from nothing sees nothing")
    return args


if __name__ == "__main__":
    main()
