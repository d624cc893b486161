"""Bodies that are wrong in one place get a 4xx that names the place."""

import pytest

from tests.robustness.inputs.bodies import broken_json, wrong_numbers, wrong_sizes, wrong_types
from tests.robustness.inputs.bodies.fields import unvisited
from tests.robustness.inputs.bodies.samples import EVERYTHING
from tests.robustness.inputs.service import Service


def test_the_samples_have_every_field() -> None:
    assert not unvisited(EVERYTHING)
    assert not wrong_numbers.unlisted()


def test_types(service: Service) -> None:
    service.refuse_all("JSON types", wrong_types.wrong_types())


def test_missing(service: Service) -> None:
    service.refuse_all("JSON missing", wrong_types.missing())


def test_words(service: Service) -> None:
    service.refuse_all("JSON words", wrong_types.wrong_words())


def test_unsupported(service: Service) -> None:
    service.refuse_all("JSON unsupported", wrong_types.unsupported())


def test_numbers(service: Service) -> None:
    service.refuse_all("JSON numbers", wrong_numbers.wrong_numbers())
    service.refuse_all("JSON numbers", wrong_numbers.limits())


def test_urls(service: Service) -> None:
    service.refuse_all("JSON URLs", wrong_sizes.wrong_urls())


def test_sizes_names_and_contradictions(service: Service) -> None:
    for cases in (
        wrong_sizes.too_long(),
        wrong_sizes.wrong_keys(),
        wrong_sizes.wrong_names(),
        wrong_sizes.contradictions(),
    ):
        service.refuse_all("JSON sizes, names", cases, group=5)


def test_broken(service: Service) -> None:
    service.refuse_all("JSON broken", broken_json.broken(), group=5)


def test_broken_somewhere(service: Service) -> None:
    service.refuse_all("JSON broken", broken_json.cut(7))
    service.refuse_all("JSON broken", broken_json.other_bytes(13))


def test_texts(service: Service) -> None:
    service.refuse_all("JSON texts", broken_json.bad_texts())
    service.refuse_all("JSON texts", broken_json.twin_keys())


def test_depth(service: Service) -> None:
    service.refuse_all("JSON depth", broken_json.deep(), group=5)


@pytest.mark.long
def test_broken_everywhere(service: Service) -> None:
    service.refuse_all("JSON broken", broken_json.cut(1))
    service.refuse_all("JSON broken", broken_json.other_bytes(1))


@pytest.mark.long
def test_each_input_by_itself(service: Service) -> None:
    for cases in (wrong_types.wrong_types(), wrong_numbers.wrong_numbers()):
        service.refuse_all("JSON by itself", cases, group=1)
