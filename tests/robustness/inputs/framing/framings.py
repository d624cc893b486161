"""Bytes of HTTP/1.1 that break or strain its rules, and what may be answered to them."""

from collections.abc import Iterator
from dataclasses import dataclass

_BODY = b'{"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}'
_HOST = b"Host: localhost\r\n"
_LENGTH = b"Content-Length: %d\r\n" % len(_BODY)
_CHUNKED = b"Transfer-Encoding: chunked\r\n"
_PATH = b"/v1/chat/completions"

GOOD = b"POST %s HTTP/1.1\r\n%s%s\r\n%s" % (_PATH, _HOST, _LENGTH, _BODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """What is sent, and the statuses that may be answered, one response after the other.

    Beyond them the connection is closed. `may_close` is for bytes that get no answer at all.
    """

    name: str
    sent: bytes
    statuses: tuple[frozenset[int], ...]
    may_close: bool = False
    is_half_closed: bool = False


_OK = frozenset({200})
_REFUSED = frozenset({400, 403, 404, 405, 411, 413, 414, 415, 417, 422, 426, 431, 501, 505})
_EITHER = _OK | _REFUSED


def all_framings() -> Iterator[Framing]:
    yield from _request_lines()
    yield from _headers()
    yield from _hosts()
    yield from _lengths()
    yield from _chunks()
    yield from _pipelines()
    yield from _ends()


def cuts() -> Iterator[Framing]:
    """A good request that ends early, its sender gone quiet for good."""
    for end in range(len(GOOD)):
        yield Framing(
            name=f"cut at {end}",
            sent=GOOD[:end],
            statuses=(_REFUSED,),
            may_close=True,
            is_half_closed=True,
        )


def odd_bytes() -> Iterator[Framing]:
    """A good request with one byte of its head replaced."""
    for place in range(GOOD.index(_BODY)):
        for byte in (0, 10, 13, 32, 58, 127, 255):
            sent = GOOD[:place] + bytes((byte,)) + GOOD[place + 1 :]
            yield Framing(
                name=f"byte {byte} at {place}",
                sent=sent,
                statuses=(_EITHER,),
                may_close=True,
                is_half_closed=True,
            )


def _request_lines() -> Iterator[Framing]:
    for line in (
        b"", b" ", b"GET", b"GET /", b"GET / HTTP", b"GET / HTTP/", b"GET / HTTP/9.9",
        b"GET / HTTP/1.1 x",
        b"GET  / HTTP/1.1", b"get / HTTP/1.1", b"G\0T / HTTP/1.1", b"GET /\0 HTTP/1.1",
        b"GET /\xff HTTP/1.1", b"GET /%ff HTTP/1.1", b"GET /%zz HTTP/1.1", b"GET /a b HTTP/1.1",
        b"GET * HTTP/1.1", b"OPTIONS * HTTP/1.1", b"CONNECT a:443 HTTP/1.1", b"TRACE / HTTP/1.1",
        b"GET http:// HTTP/1.1", b"GET http://[ HTTP/1.1", b"GET //a/../.. HTTP/1.1",
        b"GET /../../etc/passwd HTTP/1.1", b"PRI * HTTP/2.0", b"X" * 9000 + b" / HTTP/1.1",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1", b"GET /?" + b"a=b&" * 9000 + b" HTTP/1.1",
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", b"SSH-2.0-x", b"\x04\x01\0\x50\x7f\0\0\1\0",
    ):  # fmt: skip
        yield _framing(f"line {line[:40]!r}", line + b"\r\n" + _HOST + b"\r\n")
    yield _framing("no CR", GOOD.replace(b"\r\n", b"\n"), _EITHER)
    yield _framing("no LF", GOOD.replace(b"\r\n", b"\r"))
    yield _framing("HTTP/1.0", GOOD.replace(b"HTTP/1.1", b"HTTP/1.0"), _EITHER)


def _headers() -> Iterator[Framing]:
    for header in (
        b"x", b": x", b"x : y", b" x: y", b"x\0: y", b"x: \0", b"x: a\rb", b"x: \x1b[0m",
        b"x\xff: y",
        b"x y: z", b"(x): y", b"x: y\r\n folded", b"x: " + b"a" * 9000, b"x" * 9000 + b": y",
        b"\r\n".join(b"x%d: y" % number for number in range(2000)),
    ):  # fmt: skip
        yield _framing(f"header {header[:40]!r}", _get(header + b"\r\n"), _EITHER)
    for name, value in (
        ("Expect", "foo"), ("Expect", "100-continue, foo"), ("Content-Encoding", "gzip"),
        ("Content-Encoding", "x" * 1000), ("Content-Type", "multipart/form-data; boundary=a"),
        ("Origin", "https://example.com"), ("Origin", "null"),
        ("Transfer-Encoding", "gzip, chunked"), ("Transfer-Encoding", "chunked, chunked"),
        ("Transfer-Encoding", "identity"), ("Transfer-Encoding", "x"),
    ):  # fmt: skip
        header = f"{name}: {value}\r\n".encode()
        sent = b"POST %s HTTP/1.1\r\n%s%s" % (_PATH, _HOST, header)
        if name != "Transfer-Encoding":
            sent += _LENGTH
        yield _framing(f"{name}: {value[:40]}", sent + b"\r\n" + _BODY)
    yield _framing("Expect on GET", _get(b"Expect: foo\r\n"))
    for value in (b"\0", b"a" * 9000, b"\xc3\xa9", b'"', b"a\tb"):
        yield _framing(f"id {value[:10]!r}", _get(b"X-Request-Id: %s\r\n" % value), _EITHER)
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
    yield _framing("upgrade", _get(upgrade), _EITHER)


def _hosts() -> Iterator[Framing]:
    for host in (
        b"example.com",
        b"localhost.example.com",
        b"127.0.0.1.nip.io",
        b"[",
        b"a@evil.com",
    ):
        yield _framing(f"host {host!r}", GOOD.replace(_HOST, b"Host: %s\r\n" % host))
    for host in (b"", b"localhost:x", b"localhost:99999", b"\xff", b"a" * 9000, b"a b", b"[::1"):
        yield _framing(f"host {host[:20]!r}", GOOD.replace(_HOST, b"Host: %s\r\n" % host), _EITHER)
    yield _framing("no host", GOOD.replace(_HOST, b""), _EITHER)
    yield _framing("two hosts", GOOD.replace(_HOST, _HOST + b"Host: example.com\r\n"), _EITHER)


def _lengths() -> Iterator[Framing]:
    for value in (
        b"-1",
        b"+5",
        b"0x5",
        b"5, 6",
        b"5,5",
        b"5 5",
        b"",
        b"x",
        b"9" * 30,
        b"1e3",
        b"\xb2",
    ):
        sent = GOOD.replace(_LENGTH, b"Content-Length: %s\r\n" % value)
        yield _framing(f"length {value!r}", sent)
    yield _framing("two lengths", GOOD.replace(_LENGTH, _LENGTH + b"Content-Length: 5\r\n"))
    yield _framing("length and chunks", GOOD.replace(_LENGTH, _LENGTH + _CHUNKED))
    yield _framing("length of 97 MiB", GOOD.replace(_LENGTH, b"Content-Length: 101711872\r\n"))
    yield _framing("no length", GOOD.replace(_LENGTH, b""))


def _chunks() -> Iterator[Framing]:
    head = b"POST %s HTTP/1.1\r\n%s%s\r\n" % (_PATH, _HOST, _CHUNKED)
    whole = b"%x\r\n%s\r\n" % (len(_BODY), _BODY)
    for body in (
        b"x\r\n", b"-1\r\n", b"+5\r\nhello\r\n", b"0x5\r\nhello\r\n", b"5 \r\nhello\r\n0\r\n\r\n",
        b"\r\n", b"5\r\nhello world\r\n", b"5\r\nhelloXX0\r\n\r\n", b"F" * 17 + b"\r\n",
        b"F" * 5000 + b"\r\n", b"5\nhello\n0\n\n", b"5;" + b"a" * 9000 + b"\r\nhello\r\n0\r\n\r\n",
        whole + b"0\r\nbad trailer\r\n\r\n", whole + b"0\r\n" + b"x: y\r\n" * 5000 + b"\r\n",
        whole + b"0\r\nX: " + b"a" * 9000 + b"\r\n\r\n", b"0\r\n\r\n",
    ):  # fmt: skip
        yield _framing(f"chunk {body[:40]!r}", head + body, _EITHER)
    for size in (b"5\r\nhe", b"5\r\nhello", whole, whole + b"0\r\n"):
        yield _framing(f"chunks cut at {len(size)}", head + size, is_half_closed=True)
    version = b"POST %s HTTP/1.0\r\n%s%s\r\n" % (_PATH, _HOST, _CHUNKED)
    yield _framing("chunks in HTTP/1.0", version + whole + b"0\r\n\r\n", _EITHER)


def _pipelines() -> Iterator[Framing]:
    for garbage in (
        b"garbage\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\xff" * 9000,
    ):
        for count in (1, 2, 5):
            yield Framing(
                name=f"{count} good, then {garbage[:20]!r}",
                sent=GOOD * count + garbage,
                statuses=(*[_OK] * count, _REFUSED),
            )
    yield Framing(name="40 good", sent=GOOD * 40, statuses=(_OK,) * 40)
    wrong = GOOD.replace(b'"user"', b'"cats"')
    yield Framing(
        name="good, wrong, good",
        sent=GOOD + wrong + GOOD,
        statuses=(_OK, frozenset({400}), _OK),
    )


def _ends() -> Iterator[Framing]:
    # A client that closes its side counts as one that has left.
    yield _framing("good, half closed", GOOD, _EITHER, is_half_closed=True)
    yield _framing("nothing", b"", is_half_closed=True)
    yield _framing("only CRLF", b"\r\n" * 1000, is_half_closed=True)
    for part in (GOOD[:-1], GOOD[: GOOD.index(b"\r\n\r\n") + 4], GOOD[:30]):
        yield _framing(f"cut at {len(part)}", part, is_half_closed=True)


def _get(headers: bytes) -> bytes:
    return b"GET /v1/models HTTP/1.1\r\n" + _HOST + headers + b"\r\n"


def _framing(
    name: str, sent: bytes, statuses: frozenset[int] = _REFUSED, *, is_half_closed: bool = False
) -> Framing:
    return Framing(
        name=name, sent=sent, statuses=(statuses,), may_close=True, is_half_closed=is_half_closed
    )
