"""Bodies that are wrong in one place get a 4xx that names the place."""

import pytest

from tests.robustness.inputs.bodies import wrong_types
from tests.robustness.inputs.bodies.fields import unvisited
from tests.robustness.inputs.bodies.samples import EVERYTHING
from tests.robustness.inputs.service import Service


def test_the_sample_has_every_field() -> None:
    assert not unvisited(EVERYTHING)


def test_wrong_types(service: Service) -> None:
    service.refuse_all("types", wrong_types.wrong_types())


def test_missing(service: Service) -> None:
    service.refuse_all("missing", wrong_types.missing())


def test_wrong_words(service: Service) -> None:
    service.refuse_all("words", wrong_types.wrong_words())


def test_unsupported(service: Service) -> None:
    service.refuse_all("unsupported", wrong_types.unsupported())
