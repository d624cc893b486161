"""Bodies that are no JSON, or JSON that no other reader takes."""

import json
from collections.abc import Iterator

from tests.robustness.inputs.answers import Case
from tests.robustness.inputs.bodies.fields import all_fields
from tests.robustness.inputs.bodies.samples import EVERYTHING, TEXT, TOOLS
from tests.robustness.inputs.bodies.values import Raw, changed, param, path_of

_GOOD = json.dumps(TOOLS).encode()

_BROKEN = (
    b"", b" ", b"\0", b"null", b"true", b"1", b'"a"', b"[]", b"[{}]", b"{}{}", b"{},", b"{]",
    b"{'messages': []}", b"{messages: []}", b'{"messages" []}', b'{"messages": [],}', b"{,}",
    b'{"messages": [] "n": 1}', b'{"messages": [1,]}', b'{"messages": [,1]}', b'{"a": }', b"/**/{}",
    b'{"a": 1} // x', b'{"a": 01}', b'{"a": +1}', b'{"a": .5}', b'{"a": 1.}', b'{"a": 0x10}',
    b'{"a": 1e}', b'{"a": --1}', b'{"a": 1_000}', b'{"a": nan}', b'{"a": undefined}',
    b'{"a": True}',
    b'{"a": nul}', b'{"a": "\n"}', b'{"a": "\0"}', b'{"a": "\\x41"}', b'{"a": "\\u12"}',
    b'{"a": "\\u12G4"}', b'{"a": "\\ud800"}', b'{"a": "\\ud800\\u0041"}',
    b'{"a": "\\udc00\\ud800"}',
    b'{"\\ud800": 1}', b'{"a": "\\"}', b'{"a": "b}', b'{"a: 1}', b"{1: 1}", b'{"a": 1, "b"}',
    b'{"a": "\xff"}', b'{"a": "\xc0\xaf"}', b'{"a": "\xed\xa0\x80"}', b'{"a": "\xf5\x80\x80\x80"}',
    b'{"a": "\xe2\x82"}', b'{"a": "\x80"}', b'{"\xff": 1}', b"\xff\xfe{\0}\0", b"\xfe\xff\0{\0}",
    b"\xef\xbb\xbf\xef\xbb\xbf{}", b"\x1f\x8b\x08\0", b"<xml/>", b"a=b&c=d", b"--x\r\n\r\n--x--",
)  # fmt: skip
_DEPTHS = (300, 5_000, 100_000)


def broken() -> Iterator[Case]:
    """Texts that break one rule of JSON each."""
    for text in _BROKEN:
        yield _case(f"broken {text[:40]!r}", text)
    for depth in _DEPTHS:
        for opening in (b"[", b'{"a":', b'[{"a":', b'{"messages":['):
            yield _case(f"{depth} times {opening!r}", opening * depth)
        yield _case(f"{depth} deep and closed", b'{"a":' + b"[" * depth + b"]" * depth + b"}")


def cut(step: int) -> Iterator[Case]:
    """A good body that ends early."""
    for end in range(0, len(_GOOD), step):
        yield _case(f"cut at {end}", _GOOD[:end])


def other_bytes(step: int) -> Iterator[Case]:
    """A good body with a byte inside that no JSON text has there."""
    for place in range(0, len(_GOOD), step):
        for byte in (b"\xff", b"\0", b"\x1f"):
            yield _case(f"{byte!r} at {place}", _GOOD[:place] + byte + _GOOD[place:])


def bad_texts() -> Iterator[Case]:
    """Each text of the body with what is no Unicode, escaped or not."""
    for field in all_fields(EVERYTHING):
        if "string" in field.types and not field.words:
            for text in ('"\\ud800"', '"\\udfff x"', '"a\tb"', '"\\q"'):
                body = changed(EVERYTHING, field.path, Raw(text))
                yield _case(f"{param(field.path)} = {text!r}", body)


def twin_keys() -> Iterator[Case]:
    """The same key twice: the last counts, which here is the wrong one."""
    for name, good, bad in (
        ("n", "1", "0"),
        ("temperature", "1", '"x"'),
        ("messages", "[]", "null"),
        ("stop", '"a"', "[7]"),
        ("nvext", "{}", "7"),
        ("chat_template", "null", '"x"'),
    ):
        text = f'{json.dumps(TEXT)[:-1]}, "{name}": {good}, "{name}": {bad}}}'
        yield Case(name=f"{name} twice", body=text.encode(), params=(name,))


def deep() -> Iterator[Case]:
    """Free-form values that are nested nearly as deep as the reader goes, or deeper."""
    for depth in (64, 100, 126, 190, 198, 250):
        value = Raw('{"properties":' * depth + "{}" + "}" * depth)
        for name in ("tools[0].function.parameters", "custom", "metadata", "guided_json"):
            # Beyond the reader's depth the body is no JSON.
            body = changed(TOOLS, path_of(name), value)
            may_pass = name != "guided_json"
            yield Case(name=f"{name} {depth} deep", body=body, params=(), may_pass=may_pass)


def _case(name: str, body: bytes) -> Case:
    return Case(name=name, body=body, params=())
