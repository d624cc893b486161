"""Random numbers that depend on a seed and on the test's name alone, and a seed with every failure.

tests/README.md says how tests treat chance, time, tolerances, ports and GPUs.
"""

import logging
import random
import sys
import zlib
from collections.abc import Generator, Iterator

import pytest

from serving.log_writer import LogWriter
from tests.processes import held_port, number_of


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--seed", type=int, default=0, metavar="N", help="other random inputs (default: 0)"
    )


@pytest.fixture(autouse=True)
def seeded(request: pytest.FixtureRequest) -> None:
    """Comes before all other fixtures of a test."""
    _seed(request.config, request.node.nodeid)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Takes away the log of a server that a test has started in its own process."""
    yield
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, LogWriter)]:
        root.removeHandler(handler)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port on which nothing listens."""
    with held_port() as port:
        yield number_of(port)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Gives a fixture that tests share the same numbers, whichever test comes first."""
    if fixturedef.scope != "function":
        _seed(request.config, f"{fixturedef.baseid}::{fixturedef.argname}")
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        seed = item.config.getoption("seed")
        command = f"pytest '{item.nodeid}' --seed {seed}"
        report.sections.append(("seed", f"seed: {seed}; reproduce with: {command}"))
    return report


def _seed(config: pytest.Config, name: str) -> None:
    """Seeds all global generators; numpy and torch only if a test has imported them."""
    seed = zlib.crc32(f"{config.getoption('seed')} {name}".encode())
    random.seed(seed)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(seed)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)
