"""Measures how much memory the reading of a body takes at its peak, in a process of its own.

    python -m tests.http_gateway.body_memory MIB [STEP]

prints a JSON line for each case: its name, the bytes of the body, the bytes of memory at the peak
(the body's own among them), the bytes of the error, seconds, and the outcome. With a step, only
every so many cases are tried.
"""

import asyncio
import ctypes
import gc
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

from http_gateway.byte_budget import ByteBudget
from http_gateway.chat.parse import parse_body
from http_gateway.chat.request import build_request
from http_gateway.config import GatewayConfig
from http_gateway.errors import ApiError
from http_gateway.media.source import MediaSource

MIB = 2**20
_M_MMAP_THRESHOLD = -3
HEAD = b'{"messages":[{"role":"user","content":'
# Between the quotes of a string, a key or a number, unless a placement says otherwise.
PLACEMENTS = {
    "body": (b"", b""),
    "content": (HEAD + b'"', b'"}]}'),
    "raw content": (HEAD, b"}]}"),
    "wide content": (HEAD + '"😀'.encode(), b'"}]}'),
    "escaped wide content": (HEAD + b'"\\ud83d\\ude00', b'"}]}'),
    "part": (HEAD + b'[{"type":"text","text":"', b'"}]}]}'),
    "kind of part": (HEAD + b'[{"type":"', b'"}]}]}'),
    "url": (HEAD + b'[{"type":"image_url","image_url":{"url":"', b'"}}]}]}'),
    "http url": (HEAD + b'[{"type":"image_url","image_url":{"url":"http://', b'"}}]}]}'),
    "head of data": (HEAD + b'[{"type":"image_url","image_url":"data:', b'"}]}]}'),
    "head before comma": (HEAD + b'[{"type":"video_url","video_url":"data:', b',AAAA"}]}]}'),
    "data": (HEAD + b'[{"type":"image_url","image_url":"data:image/png;base64,', b'"}]}]}'),
    "spaced data": (
        HEAD + b'[{"type":"image_url","image_url":" data:image/png;base64,',
        b' "}]}]}',
    ),
    "frames": (HEAD + b'[{"type":"video_url","video_url":"data:video/jpeg;base64,', b'"}]}]}'),
    "model": (b'{"messages":[{"role":"user","content":"x"}],"model":"', b'"}'),
    "role": (b'{"messages":[{"role":"', b'","content":"x"}]}'),
    "key": (b'{"', b'":1,"messages":[]}'),
    "key of options": (b'{"messages":[],"mm_processor_kwargs":{"', b'":1}}'),
    "key of bias": (b'{"messages":[],"logit_bias":{"', b'":"x"}}'),
    "number": (b'{"messages":[],"seed":', b"}"),
    "unknown": (b'{"messages":[{"role":"user","content":"x"}],"x":"', b'"}'),
    "stop": (b'{"messages":[{"role":"user","content":"x"}],"stop":"', b'"}'),
    "response format": (b'{"messages":[],"response_format":{"type":"', b'"}}'),
    "arguments": (
        b'{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"a":"',
        b'"}}}]}]}',
    ),
    "argument text": (
        b'{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"',
        b'"}}]}]}',
    ),
    "key of arguments": (
        b'{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"',
        b'":1}}}]}]}',
    ),
    "schema": (
        b'{"messages":[],"tools":[{"function":{"name":"f","parameters":{"a":"',
        b'"}}}]}',
    ),
    "key of schema": (
        b'{"messages":[],"tools":[{"function":{"name":"f","parameters":{"',
        b'":1}}}]}',
    ),
    "name of tool": (b'{"messages":[],"tools":[{"function":{"name":"', b'"}}]}'),
}
FRAGMENTS = [
    b"a",
    b"1",
    b"9",
    b"0",
    b"-",
    b"1e9",
    b"1e999999,",
    b"0.",
    b"\\",
    b"\\\\",
    b"\\u0041",
    b"\\u00e9",
    b"\\ud800",
    b"\\ud83d\\ude00",
    b"\\/",
    b'\\"',
    b'"',
    b'","',
    b'":"',
    b"[",
    b"{",
    b"[[",
    b'{"a":',
    b'{"a":{"a":',
    b",",
    b"ab,",
    b":",
    b";",
    b"ab;",
    b" ",
    b"\\n",
    b"\n",
    b"\t",
    b"%",
    b"%41",
    b"%2b",
    b"%2B",
    b"=",
    b"+",
    b"-_",
    b"AAAA",
    b"AAAA ",
    b"A=",
    b"/",
    b"../",
    b"@",
    b".",
    b"<",
    b"\x00",
    b"\x7f",
    b"\xff",
    "é".encode(),
    "€".encode(),
    "😀".encode(),
    b"<think>",
    b"null,",
    b"{},",
    b"[],",
]


ALL_BYTES = [bytes([byte]) for byte in range(256) if bytes([byte]) not in FRAGMENTS]


def bodies(num_bytes: int, step: int) -> Iterator[tuple[str, bytes]]:
    """Names and bodies of about this many bytes, each of one fragment over and over."""
    cases = [
        (place, fragment)
        for place in PLACEMENTS
        for fragment in (FRAGMENTS if place != "body" else [*FRAGMENTS, *ALL_BYTES])
    ]
    for place, fragment in cases[::step]:
        head, tail = PLACEMENTS[place]
        yield f"{place}: {fragment!r}", head + fragment * (num_bytes // len(fragment)) + tail


async def read(held: list[bytes]) -> tuple[str, int]:
    """Reads the body in the list as the handler does; the outcome and the bytes of the error.

    Takes it out of the list, so that nothing else holds it.
    """
    config = GatewayConfig(fetch_media=False)
    try:
        with ByteBudget(2**40).share("caller") as share:
            chat = build_request(parse_body(held.pop()))
            async with MediaSource(config) as media:
                await media.fill(chat.media, share, caller="caller")
                chat.media.clear()
            chat.generation.ByteSize()
    except ApiError as error:
        body = orjson.dumps(error.body)
        return f"{error.status} {body[:60]!r}", len(body)
    return "read", 0


def _status(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


def main(num_bytes: int, step: int) -> None:
    """Prints a JSON line for each case."""
    libc = ctypes.CDLL(None)
    # Large blocks come from the system and go back to it, so that each case is measured alone.
    libc.mallopt(_M_MMAP_THRESHOLD, MIB)
    asyncio.run(read([b"{}"]))
    for name, body in bodies(num_bytes, step):
        size = len(body)
        held = [body]
        del body
        gc.collect()
        libc.malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
        before = _status("VmRSS") - size
        start_s = time.monotonic()
        outcome, error_bytes = asyncio.run(read(held))
        took_s = time.monotonic() - start_s
        peak = _status("VmHWM") - before
        line = json.dumps([name, size, peak, error_bytes, round(took_s, 3), outcome])
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) * MIB, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
