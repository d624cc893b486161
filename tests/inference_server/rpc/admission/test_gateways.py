import pytest

from inference_server.rpc.admission.gateways import Gateways, peer_address
from serving.callers import CALLER_HEADER

GATEWAYS = Gateways(["127.0.0.1", "10.1.0.0/16", "::1"])


class Context:
    """The two methods of a call's context that tell where it comes from."""

    def __init__(self, peer: str, *metadata: tuple[str, str | bytes]) -> None:
        self._peer = peer
        self._metadata = metadata

    def peer(self) -> str:
        return self._peer

    def invocation_metadata(self) -> tuple[tuple[str, str | bytes], ...]:
        return self._metadata


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:10.0.0.7:52000", "10.0.0.7"),
        ("ipv6:%5B::1%5D:52000", "::1"),
        ("ipv6:[fe80::1%25eth0]:1", "fe80::1%eth0"),
        ("unix:", "unix"),
    ],
)
def test_an_address_has_no_port(peer: str, address: str) -> None:
    assert peer_address(peer) == address


def test_a_gateway_is_believed_in_whose_name_it_calls() -> None:
    context = Context("ipv4:127.0.0.1:1", (CALLER_HEADER, "team-a"))
    assert GATEWAYS.caller_of(context) == "team-a"  # pyright: ignore[reportArgumentType]


def test_others_are_not_believed() -> None:
    context = Context("ipv4:10.0.0.7:1", (CALLER_HEADER, "team-a"))
    assert GATEWAYS.caller_of(context) == "10.0.0.7"  # pyright: ignore[reportArgumentType]


def test_a_gateway_that_names_nobody_is_the_caller() -> None:
    context = Context("ipv4:127.0.0.1:1")
    assert GATEWAYS.caller_of(context) == "127.0.0.1"  # pyright: ignore[reportArgumentType]


def test_a_network_of_gateways_is_believed() -> None:
    context = Context("ipv4:10.1.2.3:1", (CALLER_HEADER, "team-a"))
    assert GATEWAYS.caller_of(context) == "team-a"  # pyright: ignore[reportArgumentType]


def test_the_log_tells_once_of_a_gateway_that_is_not_believed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gateways = Gateways(["127.0.0.1"])
    for _ in range(2):
        context = Context("ipv4:10.1.2.3:1", (CALLER_HEADER, "team-a"))
        gateways.caller_of(context)  # pyright: ignore[reportArgumentType]
    (record,) = caplog.records
    assert "10.1.2.3" in record.getMessage()


def test_neither_address_nor_network() -> None:
    with pytest.raises(ValueError, match="gateway"):
        Gateways(["gateway.example"])
