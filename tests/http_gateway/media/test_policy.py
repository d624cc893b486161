import socket

import pytest

from http_gateway.errors import InvalidRequest
from http_gateway.media.policy import AddressRefused, check_url, is_public, public_socket


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",  # carrier-grade NAT
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",  # metadata of clouds
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",  # 6to4 relay
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",  # compatible
        "::ffff:127.0.0.1",  # mapped
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",  # NAT64
        "64:ff9b:1::1",
        "100::1",
        "2001::1",  # Teredo
        "2001:db8::1",
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1111%eth0",
        "fec0::1",
        "ff02::1",
        "localhost",
        "",
    ],
)
def test_addresses_that_are_not_dialled(address: str) -> None:
    assert not is_public(address)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with pytest.raises(AddressRefused):
        public_socket((family, socket.SOCK_STREAM, 0, "", (address, 80)))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450::1"])
def test_addresses_that_are_dialled(address: str) -> None:
    assert is_public(address)


def test_a_public_address_gets_a_socket() -> None:
    address = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("8.8.8.8", 80))
    with public_socket(address) as opened:
        assert opened.family == socket.AF_INET


@pytest.mark.parametrize(
    "url",
    [
        "",
        "image.png",
        "//example.com/x",
        "file:///etc/passwd",
        "ftp://example.com/x",
        "gopher://example.com/x",
        "javascript:alert(1)",
        "blob:https://example.com/x",
        "http://",
        "http:///x",
        "http://example.com:99999/",
        "http://example.com:0/",
        "http://[::1/",
        "http://xn--a/",
        "http://user@example.com/",
        "http://user:password@example.com/",
        "http://:password@example.com/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com/\t",
        "http://exam\nple.com/",
        "http://example.com/ x",
        "http://example.com/\x00",
    ],
)
def test_urls_that_are_not_fetched(url: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        check_url(url, param="here")
    assert raised.value.param == "here"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.com/a.png?b=c#d", "example.com"),
        ("HTTP://EXAMPLE.com/a", "example.com"),
        ("http://example.com:8080/a", "example.com"),
        ("http://example.com./a", "example.com."),
        ("http://bücher.example/a", "bücher.example"),
    ],
)
def test_urls_that_may_be_fetched(url: str, host: str) -> None:
    assert check_url(url, param="here").host == host


@pytest.mark.parametrize("character", ["é", "a", "../", "%41"])
def test_a_very_long_url_is_not_read(character: str) -> None:
    with pytest.raises(InvalidRequest, match="8192 characters"):
        check_url("http://" + character * 10_000, param="x")
