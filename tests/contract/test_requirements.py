"""Each part of the distribution declares in its extra what it imports."""

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
OURS = {"inference_server", "http_gateway", "nemotron_vl", "serving"}
# Modules that come with another declared distribution: where torch is built for CUDA it requires
# Triton, of the one version that it works with; elsewhere nothing imports the kernels.
PROVIDED_BY = {"triton": ["torch"]}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize(
    ("folder", "extra"),
    [
        ("clients/python/nemotron_vl", "bench"),
        ("http_gateway", "gateway"),
        ("inference_server", "server"),
        ("serving", "gateway"),
        ("serving", "server"),
    ],
)
def test_every_imported_distribution_is_declared(folder: str, extra: str | None) -> None:
    stated = PROJECT["dependencies"] + PROJECT["optional-dependencies"].get(extra, [])
    declared = _names(Requirement(line).name for line in stated)
    distributions = packages_distributions()
    imported = set(_imported(ROOT / folder)) - sys.stdlib_module_names - OURS
    undeclared = [
        module
        for module in imported
        if not declared & _names(PROVIDED_BY.get(module, distributions.get(module, [])))
    ]
    assert undeclared == []


def test_what_another_package_provides_is_neither_imported_nor_declared() -> None:
    extras = PROJECT["optional-dependencies"].values()
    declared = _names(Requirement(line).name for line in chain(PROJECT["dependencies"], *extras))
    assert PROVIDED_BY.keys() <= set(_imported(ROOT / "inference_server"))
    assert declared.isdisjoint(PROVIDED_BY)


def _names(distributions: Iterable[str]) -> set[str]:
    return {canonicalize_name(name) for name in distributions}


def _imported(folder: Path) -> Iterator[str]:
    """Top-level names."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.partition(".")[0]
