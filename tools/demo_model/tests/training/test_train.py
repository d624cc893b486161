"""Which minibatches meet in a step, and how often."""

from collections import Counter
from collections.abc import Iterator

import torch

from tools.demo_model.training.minibatch import Minibatch
from tools.demo_model.training.recipe import Recipe
from tools.demo_model.training.train import steps

CPU = torch.device("cpu")


def _minibatch(name: int, *, length: int) -> Minibatch:
    nothing = torch.zeros(0, dtype=torch.int64)
    return Minibatch(
        tiles=torch.zeros(0, 32, 32, 3, dtype=torch.uint8),
        token_ids=torch.full((1, length), name),
        words=nothing,
        places=nothing,
        sources=nothing,
        rows=nothing,
        targets=nothing,
        labels=nothing.view(0, 3),
    )


def _names(num_minibatches: int, recipe: Recipe) -> Iterator[list[int]]:
    """The minibatches of each step by name; every third is longer than the others."""
    drawn = (_minibatch(n, length=8 if n % 3 else 16) for n in range(num_minibatches))
    for step in steps(drawn, recipe, CPU):
        yield step.token_ids[:, 0].tolist()


def test_a_step_joins_minibatches_of_one_length() -> None:
    recipe = Recipe(steps=1, batches_per_step=4, uses=1)
    assert list(_names(12, recipe)) == [[1, 2, 4, 5], [0, 3, 6, 9], [7, 8, 10, 11]]
    for names in _names(120, recipe):
        assert len({name % 3 == 0 for name in names}) == 1
        assert len(names) == 4


def test_each_is_learnt_from_as_often_as_the_recipe_says() -> None:
    recipe = Recipe(steps=1, batches_per_step=4, uses=3, batches_kept=16)
    count = Counter(name for names in _names(600, recipe) for name in names)
    assert max(count.values()) == 3
    assert sum(count.values()) >= 3 * 600 - 2 * 2 * (16 + 2 * 4)


def test_those_that_come_again_are_in_other_company() -> None:
    recipe = Recipe(steps=1, batches_per_step=4, uses=2, batches_kept=64)
    taken = [frozenset(names) for names in _names(600, recipe)]
    assert len(set(taken)) == len(taken)
