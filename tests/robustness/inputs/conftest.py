"""One mock server for all inputs: they are refused, or decoded, before an engine sees them."""

from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing

import grpc
import pytest
from nemotron_vl.channel import MAX_MESSAGE_BYTES, channel_options

from tests.e2e.support.serving import Serving
from tests.robustness.inputs.service import Service

_SENT = pytest.StashKey[Counter[str]]()

# A short context, so that no input that passes takes long to answer.
_FLAGS = ("--mock-tokens-per-s", "0", "--max-model-len", "8192")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for serving in Serving.running:
            report.sections.append((f"log of {serving.log_path.name}", serving.log))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    sent = terminalreporter.config.stash.get(_SENT, Counter())
    if sent:
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(sent.items()))
        terminalreporter.write_line(f"inputs sent: {sent.total()}: {counts}")


@pytest.fixture(scope="session")
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("inputs")
    sent = request.config.stash.setdefault(_SENT, Counter())
    with (
        Serving(folder, *_FLAGS, ENABLE_MOCK_INFERENCE="1") as serving,
        grpc.insecure_channel(
            serving.until_ready().address, channel_options(MAX_MESSAGE_BYTES)
        ) as channel,
    ):
        with closing(Service(serving, channel, sent)) as service:
            yield service
        log = serving.log_path.read_text(errors="replace")
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:4000]
