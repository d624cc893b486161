"""Bytes that are no message, and good messages with a few bytes changed."""

import random
from collections.abc import Iterator

# A field of each number and wire type that breaks the encoding.
_BROKEN = {
    "no end of a varint": b"\x08" + b"\xff" * 11,
    "a varint cut off": b"\x08\x80",
    "a tag cut off": b"\x80",
    "field 0": b"\x00\x01",
    "wire type 6": b"\x0e\x01",
    "wire type 7": b"\x0f\x01",
    "a length beyond the end": b"\x0a\x7f\x0a",
    "a length of 4 GiB": b"\x0a\xff\xff\xff\xff\x0f",
    "a negative length": b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    "a group that does not end": b"\x0b",
    "a group that only ends": b"\x0c",
    "the end of another group": b"\x0b\x14",
    "groups without end": b"\x0b" * 100_000,
    "a fixed64 cut off": b"\x09\x01",
    "a fixed32 cut off": b"\x0d\x01",
    "the largest tag": b"\xff\xff\xff\xff\x0f\x00",
    "a tag beyond 32 bits": b"\xf8\xff\xff\xff\xff\x01\x01",
    "text": b"hello",
    "JSON": b'{"generation": {}}',
    "gzip": b"\x1f\x8b\x08\x00" + bytes(20),
    "ones": b"\xff" * 1000,
}
# Right, but for a text that is no UTF-8 deep inside: generation.model, and a message's text.
_NOT_UTF8 = {
    "model": b"\x0a\x04\x0a\x02\xff\xfe",
    "text": b"\x0a\x0a\x12\x08\x08\x02\x12\x04\x0a\x02\xc0\xaf",
    "a lone surrogate": b"\x0a\x05\x0a\x03\xed\xa0\x80",
}


def broken() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of what no message of any kind is, or only some kinds are."""
    yield from _BROKEN.items()
    yield from ((f"{name} not UTF-8", data) for name, data in _NOT_UTF8.items())
    for depth in (50, 99, 101, 10_000):
        yield f"{depth} groups", b"\x7b" * depth + b"\x7c" * depth
    yield "100,000 unknown fields", b"\xf8\x07\x01" * 100_000


def cut(good: bytes, step: int) -> Iterator[tuple[str, bytes]]:
    """The message without its end."""
    for end in range(1, len(good), step):
        yield f"cut at {end}", good[:end]


def changed(good: bytes, *, seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """The message with one to four bytes flipped, taken out, put in or repeated."""
    for number in range(count):
        dice = random.Random(seed * 1_000_000 + number)
        data = bytearray(good)
        for _ in range(dice.randint(1, 4)):
            _change(data, dice)
        yield f"change {number} of seed {seed}", bytes(data)


def _change(data: bytearray, dice: random.Random) -> None:
    place = dice.randrange(len(data)) if data else 0
    match dice.randrange(5):
        case 0 if data:
            data[place] ^= 1 << dice.randrange(8)
        case 1 if data:
            data[place] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
        case 2:
            del data[place : place + dice.randint(1, 8)]
        case 3:
            data[place:place] = dice.randbytes(dice.randint(1, 8))
        case _:
            data[place:place] = data[place : place + dice.randint(1, 64)]
