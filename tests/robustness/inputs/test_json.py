"""Wrong bodies of chat completions: each a 4xx that names the field, and none ends the service."""

import itertools
import random

import pytest

from tests.robustness.inputs.json_bodies import (
    FIELDS,
    bodies_beyond_limits,
    bodies_of_wrong_types,
    mutated_texts,
    texts_that_are_no_json,
    with_value,
)
from tests.robustness.support.http import Http, fault_of


def test_what_the_wrong_bodies_are_made_of_is_good(http: Http) -> None:
    for path, (value, _) in FIELDS.items():
        status, answer = http.chat(with_value(path, value))
        assert status == 200, (path, answer)


def test_wrong_types(http: Http) -> None:
    bodies = list(bodies_of_wrong_types())
    assert len(bodies) > 300
    for path, body in bodies:
        assert fault_of(*http.chat(body), path) is None, body


def test_numbers_beyond_limits(http: Http) -> None:
    for path, body in bodies_beyond_limits():
        assert fault_of(*http.chat(body), path) is None, body


def test_no_json(http: Http) -> None:
    for text in texts_that_are_no_json():
        assert fault_of(*http.chat(text)) is None, text


@pytest.mark.parametrize("number", [300, pytest.param(10_000, marks=pytest.mark.long)])
def test_one_changed_byte(http: Http, number: int) -> None:
    for text in itertools.islice(mutated_texts(random.Random(0)), number):
        status, answer = http.chat(text)
        assert status == 200 or fault_of(status, answer) is None, text
