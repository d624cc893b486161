"""After each group of inputs a good request must get its answer as fast as before."""

from collections.abc import Iterator

import pytest

from tests.e2e.support.serving import Serving
from tests.robustness.support.bystander import bystander
from tests.robustness.support.http import Http


@pytest.fixture
def http(mock: Serving) -> Iterator[Http]:
    """A connection to the gateway, beside which good requests get their answers."""
    with Http(mock.http_port) as http, bystander(mock.http_port, mock.address) as waits:
        yield http
    waits.check()
