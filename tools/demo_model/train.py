"""Trains the demo model, from nothing or further: `python -m tools.demo_model.train --help`.

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
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from random import Random

import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from inference_server.checkpoint.config import ModelConfig
from inference_server.media.grid import Tiling
from inference_server.prompt.build import PromptBuilder
from inference_server.prompt.tokenizer import Tokenizer
from tools.demo_model.learner import Learner, Losses
from tools.demo_model.minibatch import Collector, Minibatch
from tools.demo_model.mix import sample
from tools.demo_model.recipe import SIZES, Recipe
from tools.random_checkpoint.checkpoint import write_random_checkpoint

_LENGTHS = (320, 384, 512, 640, 2240)
_SAVING_PERIOD = 500
_STATE_FILE = "state.pt"
# A slotted class does not show its defaults, an instance does.
_DEFAULTS = Recipe(num_steps=0)
_FIELDS = ("step", "seconds", "loss", "label_loss", "rate", "images", "sequences")


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
        config = ModelConfig.load(self._checkpoint)
        tokenizer = Tokenizer.load(self._checkpoint)
        tiling = Tiling(
            tile_size=config.tile_size,
            tokens_per_tile=config.tokens_per_tile,
            max_tiles=config.max_tiles,
            use_thumbnail=config.use_thumbnail,
        )
        collector = Collector(
            tokenizer, PromptBuilder(tokenizer, tiling), self._tokens_per_batch, _LENGTHS
        )
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


class _Log:
    """A row every twentieth step in the run's log.csv, one of five on stderr as well."""

    def __init__(self, file: Path) -> None:
        is_new = not file.exists()
        self._file = file.open("a", newline="")
        self._rows = csv.writer(self._file)
        if is_new:
            self._rows.writerow(_FIELDS)

    def add(self, learner: Learner, batch: Minibatch, losses: Losses, seconds: float) -> None:
        row = (
            learner.step,
            round(seconds, 1),
            round(losses.text.item(), 4),
            round(losses.labels.item(), 5),
            round(learner.recipe.rate_at(learner.step), 3),
            len(batch.tiles),
            len(batch.token_ids),
        )
        self._rows.writerow(row)
        self._file.flush()
        if learner.step % 100 == 0:
            print(dict(zip(_FIELDS, row, strict=True)), file=sys.stderr)

    def close(self) -> None:
        self._file.close()


def main() -> None:
    args = _parse()
    started = time.monotonic()
    torch.set_float32_matmul_precision("high")
    checkpoint = args.folder / "start"
    if not checkpoint.exists():
        if args.trained:
            shutil.copytree(args.trained, checkpoint)
        else:
            write_random_checkpoint(checkpoint, tokenizer=args.tokenizer, sizes=SIZES)
    device = torch.device(args.device)
    recipe = Recipe(
        num_steps=args.steps,
        batches_per_step=args.batches_per_step,
        decay_share=args.decay_share,
        uses=args.uses,
        peak=args.peak,
        trains_vision=not args.keep_vision,
    )
    learner = Learner(checkpoint, recipe, device=device, is_trained=args.trained is not None)
    state = args.folder / _STATE_FILE
    if state.exists():
        learner.load_state(state)
    else:
        print(asdict(recipe), file=sys.stderr)
    with closing(_Log(args.folder / "log.csv")) as log:
        for batch in steps(_loader(args, learner.step), recipe, device):
            seconds = time.monotonic() - started
            if learner.step >= recipe.num_steps or seconds > args.stop_after_s:
                break
            losses = learner.take_step(batch)
            if learner.step % 20 == 0 or learner.step == recipe.num_steps:
                log.add(learner, batch, losses, seconds)
            if learner.step % _SAVING_PERIOD == 0:
                _save(learner, args.folder)
    _save(learner, args.folder)


def _save(learner: Learner, folder: Path) -> None:
    """What a later call goes on from, and what can be served meanwhile."""
    learner.save_state(folder / _STATE_FILE)
    learner.export(folder / "checkpoint")


def _loader(args: argparse.Namespace, step: int) -> DataLoader[Minibatch]:
    """A run that goes on draws fresh seeds: which ones were in flight when it stopped is lost."""
    samples = Samples(
        args.folder / "start",
        first_seed=args.first_seed + step * 4096,
        tokens_per_batch=args.tokens_per_batch,
    )
    return DataLoader(
        samples,
        batch_size=None,
        num_workers=args.workers,
        prefetch_factor=4 if args.workers else None,
        pin_memory=args.device.startswith("cuda"),
    )


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the run lives")
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--tokenizer", type=Path, help="start from nothing, with this tokenizer")
    start.add_argument("--trained", type=Path, help="start from this checkpoint")
    parser.add_argument("--steps", type=int, required=True, help="steps of the whole run")
    parser.add_argument(
        "--decay-share", type=float, default=_DEFAULTS.decay_share, help="falling part of the rate"
    )
    parser.add_argument(
        "--peak", type=float, default=_DEFAULTS.peak, help="highest share of the rates"
    )
    parser.add_argument(
        "--keep-vision",
        action="store_true",
        help="leave the vision encoder of --trained alone, from the run's first call on",
    )
    parser.add_argument("--first-seed", type=int, default=0, help="another than former runs'")
    parser.add_argument("--uses", type=int, default=_DEFAULTS.uses, help="of each minibatch")
    parser.add_argument("--stop-after-s", type=float, default=float("inf"))
    parser.add_argument("--workers", type=int, default=15)
    parser.add_argument("--tokens-per-batch", type=int, default=16384)
    parser.add_argument(
        "--batches-per-step", type=int, default=_DEFAULTS.batches_per_step, help="joined to one"
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    if args.keep_vision and not args.trained:
        parser.error("--keep-vision needs --trained: an encoder from nothing sees nothing")
    return args


if __name__ == "__main__":
    main()
