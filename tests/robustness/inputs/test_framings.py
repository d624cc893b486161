"""Bytes that are no HTTP, or nearly, get a 4xx or 501 in our form or a closed connection."""

from collections.abc import Iterable
from functools import partial

import pytest

from tests.robustness.inputs.framing import framings
from tests.robustness.inputs.framing.exchange import fault
from tests.robustness.inputs.framing.framings import Framing
from tests.robustness.inputs.service import Service


def send(service: Service, sent: Iterable[Framing]) -> None:
    port = service.serving.http_port
    service.judge_all("framings", ((one.name, partial(fault, one, port)) for one in sent))


def test_framings(service: Service) -> None:
    send(service, framings.all_framings())


@pytest.mark.long
def test_cuts(service: Service) -> None:
    send(service, framings.cuts())


@pytest.mark.long
def test_odd_bytes(service: Service) -> None:
    send(service, framings.odd_bytes())
