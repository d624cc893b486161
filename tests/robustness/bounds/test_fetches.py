"""URLs of hosts that never answer."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.support.image_server import image_site
from tests.e2e.support.serving import Serving
from tests.robustness.support.attack import attack
from tests.robustness.support.http import Http
from tests.robustness.support.memory import MIB

_TIMEOUT_S = 5
_TIMEOUTS = (
    *("--gateway-image-fetch-timeout-s", str(_TIMEOUT_S)),
    *("--gateway-fetch-wait-timeout-s", str(_TIMEOUT_S)),
)


@pytest.fixture
def fetching(tmp_path: Path) -> Iterator[Serving]:
    """A gateway that may fetch from this machine."""
    flags = ("--gateway-allow-media-hosts", "127.0.0.1,localhost", *_TIMEOUTS)
    with Serving(tmp_path, *flags, ENABLE_MOCK_INFERENCE="1") as serving:
        yield serving.until_ready()


@pytest.fixture
def silent() -> Iterator[str]:
    """A host that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/image.png"


def body(url: str, number: int = 1) -> dict[str, object]:
    parts = [{"type": "image_url", "image_url": {"url": url}}] * number
    return {"messages": [{"role": "user", "content": parts}], "max_tokens": 1}


def test_a_host_that_never_answers(fetching: Serving, silent: str) -> None:
    """200 URLs of one request, and as many requests of one URL; others fetch from another host."""

    def ask(number: int) -> None:
        with Http(fetching.http_port) as http:
            http.chat(body(silent, number))

    senders = [threading.Thread(target=ask, args=(200 if i == 0 else 1,)) for i in range(80)]
    with image_site() as site:
        other = site.replace("127.0.0.1", "localhost") + "/boardwalk.jpg"
        with Http(fetching.http_port) as http:
            assert http.chat(body(other))[0] == 200
            with attack(fetching, max_server=64 * MIB):
                for sender in senders:
                    sender.start()
                waits_s = list[float]()
                while any(sender.is_alive() for sender in senders) and len(waits_s) < 40:
                    start_s = time.monotonic()
                    assert http.chat(body(other))[0] == 200
                    waits_s.append(time.monotonic() - start_s)
                    time.sleep(0.05)
                for sender in senders:
                    sender.join()
    # Nobody waited for a fetch of the silent host to end.
    assert max(waits_s) < _TIMEOUT_S
