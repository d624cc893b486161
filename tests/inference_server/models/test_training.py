"""The forward without a cache, which training steps on."""

import copy
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from inference_server.checkpoint.config import ModelConfig
from inference_server.models import training
from inference_server.models.nemotron_nano_vl import NemotronNanoVL
from inference_server.models.training import WholeSequences
from tests.inference_server.models.whole import logits_of


def token_ids(length: int) -> Tensor:
    return torch.randint(0, 100, (length,), generator=torch.Generator().manual_seed(0))


def test_forward_without_cache_keeps_packed_sequences_apart(model: NemotronNanoVL) -> None:
    ids, lengths = token_ids(30), (11, 1, 18)
    with torch.inference_mode():
        hidden = WholeSequences(model)(model.embed(ids), lengths)
    expected = torch.cat([logits_of(model, piece) for piece in ids.split(lengths)])
    torch.testing.assert_close(model.logits(hidden), expected, atol=1e-4, rtol=1e-4)


def test_a_training_step_reaches_every_parameter_and_lowers_the_loss(
    model: NemotronNanoVL, config: ModelConfig
) -> None:
    learner = copy.deepcopy(model).train().requires_grad_()
    optimizer = torch.optim.SGD(learner.parameters(), lr=0.02)
    text, tiles = token_ids(24), torch.randn(1, 3, 64, 64)
    lengths = (8 + config.tokens_per_tile, 16)

    def loss() -> Tensor:
        rows = learner.encode_images(tiles)[0]
        x = torch.cat([rows, learner.embed(text)])
        hidden = WholeSequences(learner)(x, lengths)
        return cross_entropy(learner.logits(hidden[-25:-1]), text)

    before = loss()
    before.backward()
    silent = [name for name, p in learner.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []
    optimizer.step()
    assert loss() < before


def test_the_server_imports_nothing_of_it() -> None:
    file = Path(training.__file__)
    importers = [
        path.name
        for path in file.parents[1].rglob("*.py")
        if path != file and training.__name__ in path.read_text(encoding="utf-8")
    ]
    assert importers == []
