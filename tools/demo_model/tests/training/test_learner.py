"""A training step moves the model towards its answers, and what it exports is what it learnt."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from inference_server.checkpoint.locate import DEMO_MODEL
from inference_server.media.grid import Tiling
from inference_server.prompt.build import PromptBuilder
from inference_server.prompt.tokenizer import Tokenizer
from tools.demo_model.sample import Sample
from tools.demo_model.training.learner import Learner
from tools.demo_model.training.minibatch import Collector, Minibatch
from tools.demo_model.training.recipe import Recipe
from tools.random_checkpoint.checkpoint import RandomSizes, write_random_checkpoint

TOKENIZER = Tokenizer.load(DEMO_MODEL)
TILING = Tiling(tile_size=512, tokens_per_tile=256, max_tiles=1, use_thumbnail=True)
CPU = torch.device("cpu")
LENGTH = 320


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_checkpoint(
        tmp_path_factory.mktemp("learner") / "start", sizes=RandomSizes(max_tiles=1)
    )


@pytest.fixture(scope="module")
def batch() -> Minibatch:
    """One picture, asked about in two sequences."""
    question = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What?"}]}
    sample = Sample(
        kind="test",
        messages=[
            question,
            {"role": "assistant", "content": "A red circle."},
            {"role": "user", "content": "Is it blue?"},
            {"role": "assistant", "content": "No."},
        ],
        images=(np.random.default_rng(0).integers(0, 256, (512, 512, 3), dtype=np.uint8),),
        labels=(np.array([[7, 1], [8, 2]], dtype=np.int32),),
    )
    collector = Collector(TOKENIZER, PromptBuilder(TOKENIZER, TILING), 2 * LENGTH, (LENGTH,))
    [batch] = collector.add(sample)
    return batch


def _changed_parts(before: Path, after: Path) -> set[str]:
    """The parts of a checkpoint, the vision encoder or another, that hold other tensors."""
    old, new = (load_file(folder / "model.safetensors") for folder in (before, after))
    return {name.split(".")[0] for name in new if not torch.equal(old[name], new[name])}


def test_the_loss_falls_and_every_part_has_learnt(
    checkpoint: Path, batch: Minibatch, tmp_path: Path
) -> None:
    learner = Learner(checkpoint, Recipe(steps=30, warmup_steps=1), device=CPU, is_trained=True)
    losses = [learner.take_step(batch) for _ in range(8)]
    assert losses[-1].text < losses[0].text - 1
    assert losses[-1].labels < losses[0].labels
    learner.export(tmp_path)
    assert _changed_parts(checkpoint, tmp_path) == {"vision_model", "mlp1", "language_model"}


def test_the_vision_encoder_may_be_left_alone(
    checkpoint: Path, batch: Minibatch, tmp_path: Path
) -> None:
    recipe = Recipe(steps=30, warmup_steps=1, keep_vision=True)
    learner = Learner(checkpoint, recipe, device=CPU, is_trained=True)
    losses = [learner.take_step(batch) for _ in range(8)]
    assert losses[-1].text < losses[0].text - 1
    learner.export(tmp_path)
    assert _changed_parts(checkpoint, tmp_path) == {"mlp1", "language_model"}


def test_goes_on_from_its_state(checkpoint: Path, batch: Minibatch, tmp_path: Path) -> None:
    recipe = Recipe(steps=30, warmup_steps=1, keep_vision=True)
    learner = Learner(checkpoint, recipe, device=CPU, is_trained=True)
    for _ in range(3):
        learner.take_step(batch)
    learner.save_state(tmp_path / "state.pt")
    expected = [learner.take_step(batch).text for _ in range(2)]
    again = Learner(checkpoint, recipe, device=CPU, is_trained=True)
    again.load_state(tmp_path / "state.pt")
    assert again.step == 3
    # The second one shows what the optimizers remember.
    found = [again.take_step(batch).text for _ in range(2)]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


@pytest.mark.gpu
def test_compiled_steps_are_the_eager_ones(checkpoint: Path, batch: Minibatch) -> None:
    """Only on CUDA are layers compiled."""
    # All patches: which ones were chosen would differ between the devices.
    recipe = Recipe(steps=30, warmup_steps=1, patches_labelled=1024)
    eager = Learner(checkpoint, recipe, device=CPU)
    compiled = Learner(checkpoint, recipe, device=torch.device("cuda"))
    for _ in range(4):
        expected, found = eager.take_step(batch), compiled.take_step(batch.to(torch.device("cuda")))
        torch.testing.assert_close(found.text.cpu(), expected.text, rtol=0.03, atol=0.02)
