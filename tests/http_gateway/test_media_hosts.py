import pytest
from yarl import URL

from http_gateway.media_hosts import MediaHosts


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("files.example", "http://files.example:8080/x"),
        ("files.example", "https://Files.Example./x"),
        ("files.example:8080", "http://files.example:8080/x"),
        ("files.example:443", "https://files.example/x"),
        ("bücher.example", "http://bücher.example/"),
        ("10.0.0.7", "http://10.0.0.7/"),
        ("::1", "http://[::1]:8080/"),
        ("[::1]", "http://[::1]/"),
        ("[::1]:8080", "http://[::1]:8080/"),
    ],
)
def test_allowed(entry: str, url: str) -> None:
    assert URL(url) in MediaHosts([entry])


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("files.example", "http://other.files.example/"),
        ("files.example:8080", "http://files.example/"),
        ("files.example:80", "https://files.example/"),
        ("[::1]:8080", "http://[::1]:8081/"),
    ],
)
def test_not_allowed(entry: str, url: str) -> None:
    assert URL(url) not in MediaHosts([entry])


@pytest.mark.parametrize(
    "entry",
    [
        "http://x",
        "x:",
        "x:0",
        "x:99999",
        "x/y",
        "x/",
        "u@x",
        "x?y",
        "x#y",
        "a b",
        "*",
        ":80",
        "[x]",
    ],
)
def test_neither_host_nor_port(entry: str) -> None:
    with pytest.raises(ValueError, match="is neither a host nor"):
        MediaHosts([entry])
