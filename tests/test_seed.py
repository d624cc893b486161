"""A test's random numbers depend on the seed and on its own name, and can be reproduced."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SEEDED = {"Random", "default_rng", "RandomState"}

DRAWS = """
import random
import numpy
import pytest
import torch

@pytest.fixture(scope="session")
def shared():
    return random.random()

def draw():
    return [random.random(), numpy.random.rand(), torch.seed]

def test_one(shared):
    print("drawn", shared, draw())
    assert False

def test_other(shared):
    print("drawn", shared, draw())
    assert False
"""


# The real one takes seconds to import.
TORCH = """
def manual_seed(given):
    global seed
    seed = given
"""


def run(folder: Path, *arguments: str) -> str:
    command = ["-c", "/dev/null", "--rootdir", folder, "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", *command, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    return ended.stdout


def drawn(output: str) -> list[str]:
    return re.findall(r"^drawn (.*)$", output, re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "test_it.py").write_text(DRAWS)
    (tmp_path / "torch.py").write_text(TORCH)
    return tmp_path


def test_draws_hang_on_the_seed_and_the_name_alone(folder: Path) -> None:
    first, second = drawn(run(folder))
    assert first != second
    assert drawn(run(folder, "test_it.py::test_other", "test_it.py::test_one")) == [second, first]
    assert drawn(run(folder, "--seed", "1")) != [first, second]


def test_the_command_of_a_failure_reproduces_it(folder: Path) -> None:
    output = run(folder, "--seed", "7")
    commands = re.findall(r"^seed: 7; reproduce with: pytest (.*)$", output, re.MULTILINE)
    assert len(commands) == 2
    assert drawn(run(folder, *shlex.split(commands[1]))) == drawn(output)[1:]


@pytest.mark.parametrize("folder", ["tests", "tools"])
def test_every_generator_is_given_a_seed(folder: str) -> None:
    bare = [
        f"{path}:{node.lineno}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and _name(node.func) in SEEDED
        if not node.args and not node.keywords
    ]
    assert bare == []


def _name(function: ast.expr) -> str:
    return getattr(function, "attr", None) or getattr(function, "id", "")
