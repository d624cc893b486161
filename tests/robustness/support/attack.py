"""An attack on a server: who waits beside it, and how much memory it takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.support.serving import Serving
from tests.robustness.support.bystander import bystander
from tests.robustness.support.memory import MIB, Memory

# Without the bounds that are tried, others wait 500 to 12,000 times longer than for an idle server.
# With them it is 2 to 70 times where nothing else runs; the rest is room for a busy machine.
_MAX_RATIO = 200.0


@contextmanager
def attack(serving: Serving, *, max_server: int, max_gateway: int = 64 * MIB) -> Iterator[None]:
    """The attack is the body of the context.

    Fails if others wait much longer meanwhile than before, or if a process takes more memory, in
    bytes beyond what it had.
    """
    limits = {"inference_server": max_server, "http_gateway": max_gateway}
    memories = {name: Memory(pid) for name, pid in serving.children().items()}
    before = {name: memory.resident for name, memory in memories.items()}
    for memory in memories.values():
        memory.forget_peak()
    with bystander(serving.http_port, serving.address) as waits:
        yield
    waits.check(_MAX_RATIO)
    for name, memory in memories.items():
        growth, most = memory.peak - before[name], limits[name]
        assert growth <= most, f"{name} took {growth >> 20} MiB, more than {most >> 20} MiB"
