"""Images of every format, with orientations in every place and form, against exif_transpose."""

import contextlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from inference_server.media.image import decode_image

Encode = Callable[..., bytes]

ORIENTATION = 0x0112
# A TIFF type's number, and how struct packs one of it.
NUMBERS = {1: "B", 3: "H", 4: "L", 6: "b", 8: "h", 9: "l", 11: "f", 12: "d", 13: "L", 16: "Q"}
PAIRS = {5: "LL", 10: "ll"}
TEXTS = {2: "1s", 7: "1s"}
UNKNOWN = {0: "H", 99: "H"}

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 6, 3), dtype=np.uint8)


def tiff(value: int, *, order: str = "<", kind: int = 3, count: int = 1, before: int = 0) -> bytes:
    """An Exif block without its name: other entries, then an orientation."""
    num_entries = before + 1
    end = 8 + 2 + 12 * num_entries + 4
    if kind in PAIRS:
        one = struct.pack(order + PAIRS[kind], value, 1)
    elif kind in TEXTS:
        one = str(value).encode()[:1]
    else:
        one = struct.pack(order + (NUMBERS | UNKNOWN)[kind], value)
    data = one * count
    inline = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack(order + "L", end)
    others = b"".join(
        struct.pack(order + "HHLHH", 0x100 + index, 3, 1, 5, 0) for index in range(before)
    )
    entry = struct.pack(order + "HHL", ORIENTATION, kind, count) + inline
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "LH", 8, num_entries)
    return head + others + entry + bytes(4) + (data if len(data) > 4 else b"")


def xmp(value: int, *, is_element: bool = False) -> bytes:
    inside = f"<tiff:Orientation>{value}</tiff:Orientation>" if is_element else ""
    attribute = "" if is_element else f' tiff:Orientation="{value}"'
    return (
        '<?xpacket begin="\N{ZERO WIDTH NO-BREAK SPACE}"?><x:xmpmeta><rdf:Description '
        f'xmp:Label="größer"{attribute}>{inside}</rdf:Description></x:xmpmeta>'
    ).encode()


def raw_profile(block: bytes) -> bytes:
    digits = block.hex()
    lines = [digits[start : start + 72] for start in range(0, len(digits), 72)]
    return "\n".join(["", "exif", f"{len(block):8}", *lines, ""]).encode()


def jpeg(*segments: tuple[int, bytes], is_first: bool = True) -> bytes:
    """A JPEG file with segments before or after JFIF's own."""
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, "JPEG")
    data = file.getvalue()
    start = 2 if is_first else 20
    added = [struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for marker, body in segments]
    return data[:start] + b"".join(added) + data[start:]


def exif_segment(block: bytes) -> tuple[int, bytes]:
    return 0xE1, b"Exif\0\0" + block


def xmp_segment(packet: bytes) -> tuple[int, bytes]:
    return 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet


def chunk(kind: bytes, body: bytes) -> bytes:
    checked = kind + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))


def text_chunk(key: bytes, text: bytes, kind: bytes) -> bytes:
    bodies = {
        b"tEXt": key + b"\0" + text,
        b"zTXt": key + b"\0\0" + zlib.compress(text),
        b"iTXt": key + b"\0\0\0en\0\0" + text,
        b"iTXz": key + b"\0\1\0\0\0" + zlib.compress(text),
    }
    return chunk(b"iTXt" if kind == b"iTXz" else kind, bodies[kind])


def png(*chunks: bytes, is_first: bool = True) -> bytes:
    """A PNG file with chunks before or after its pixels."""
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, "PNG")
    data = file.getvalue()
    start = 33 if is_first else len(data) - 12
    return data[:start] + b"".join(chunks) + data[start:]


def webp(**metadata: bytes) -> bytes:
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, "WEBP", lossless=True, **metadata)
    return file.getvalue()


# Each place's file with an orientation in a block of Exif.
EXIF_PLACES: dict[str, Callable[[bytes], bytes]] = {
    "jpeg": lambda block: jpeg(exif_segment(block)),
    "jpeg after JFIF": lambda block: jpeg(exif_segment(block), is_first=False),
    "jpeg after XMP": lambda block: jpeg(xmp_segment(b"<x/>"), exif_segment(block)),
    "jpeg after others": lambda block: jpeg(
        *[(0xE0 + index, bytes(300)) for index in range(1, 14)], (0xFE, b"hi"), exif_segment(block)
    ),
    "jpeg in two parts": lambda block: jpeg(exif_segment(block[:15]), exif_segment(block[15:])),
    "jpeg named twice": lambda block: jpeg(exif_segment(b"Exif\0\0" + block)),
    "png": lambda block: png(chunk(b"eXIf", block)),
    "png after pixels": lambda block: png(chunk(b"eXIf", block), is_first=False),
    "png tEXt": lambda block: png(text_chunk(b"exif", block, b"tEXt")),
    "webp": lambda block: webp(exif=b"Exif\0\0" + block),
    "webp without name": lambda block: webp(exif=block),
    **{
        f"png raw profile {kind.decode()}, first {is_first}": (
            lambda block, kind=kind, is_first=is_first: png(
                text_chunk(b"Raw profile type exif", raw_profile(b"Exif\0\0" + block), kind),
                is_first=is_first,
            )
        )
        for kind in (b"tEXt", b"zTXt", b"iTXt", b"iTXz")
        for is_first in (True, False)
    },
}
XMP_PLACES: dict[str, Callable[[bytes], bytes]] = {
    "jpeg": lambda packet: jpeg(xmp_segment(packet)),
    "jpeg after Exif": lambda packet: jpeg(
        exif_segment(b"MM\0*\0\0\0\x08\0\0\0\0\0\0"), xmp_segment(packet)
    ),
    "png": lambda packet: png(text_chunk(b"XML:com.adobe.xmp", packet, b"iTXt")),
    "png packed": lambda packet: png(text_chunk(b"XML:com.adobe.xmp", packet, b"iTXz")),
    "png not in UTF-8": lambda packet: png(
        text_chunk(b"XML:com.adobe.xmp", packet + b"\xff", b"iTXt")
    ),
    "png tEXt": lambda packet: png(text_chunk(b"XML:com.adobe.xmp", packet, b"tEXt")),
    "png after pixels": lambda packet: png(
        text_chunk(b"XML:com.adobe.xmp", packet, b"iTXt"), is_first=False
    ),
    "webp": lambda packet: webp(xmp=packet),
    "webp beside Exif": lambda packet: webp(xmp=packet, exif=b"MM\0*\0\0\0\x08\0\0\0\0\0\0"),
}


def decode(data: bytes) -> np.ndarray:
    return decode_image(data, max_pixels=10_000, field="image").pixels


def as_pillow_turns(data: bytes) -> np.ndarray:
    """The pixels, not turned if Pillow cannot read the metadata."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = Image.open(io.BytesIO(data))
        image.load()
        with contextlib.suppress(SyntaxError, TypeError, ValueError, struct.error):
            image = ImageOps.exif_transpose(image)
        return np.asarray(image.convert("RGB"))


def assert_turned(data: bytes) -> None:
    assert np.array_equal(decode(data), as_pillow_turns(data))


@pytest.mark.parametrize("place", EXIF_PLACES)
@pytest.mark.parametrize("order", ["<", ">"])
def test_an_orientation_in_exif_is_obeyed_in_every_place(place: str, order: str) -> None:
    images = [EXIF_PLACES[place](tiff(value, order=order)) for value in range(1, 9)]
    for data in images:
        assert_turned(data)
    assert len({decode(data).tobytes() for data in images}) == 8


@pytest.mark.parametrize("place", XMP_PLACES)
@pytest.mark.parametrize("is_element", [False, True])
def test_an_orientation_in_xmp_is_obeyed_in_every_place(place: str, is_element: bool) -> None:
    images = [XMP_PLACES[place](xmp(value, is_element=is_element)) for value in range(1, 9)]
    for data in images:
        assert_turned(data)
    assert len({decode(data).tobytes() for data in images}) == 8


@pytest.mark.parametrize("place", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("kind", [*NUMBERS, *PAIRS, *TEXTS, *UNKNOWN])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_an_orientation_of_any_type_is_taken_as_pillow_takes_it(
    place: str, kind: int, order: str, count: int
) -> None:
    for value in (0, 1, 3, 6, 8, 9):
        assert_turned(EXIF_PLACES[place](tiff(value, order=order, kind=kind, count=count)))


def test_a_number_of_four_bytes_turns_an_image() -> None:
    upright = decode(jpeg())
    for order in "<>":
        turned = decode(jpeg(exif_segment(tiff(6, order=order, kind=4))))
        assert (turned == np.rot90(upright, -1)).all()


exif_blocks = st.builds(
    tiff,
    st.integers(0, 9),
    order=st.sampled_from("<>"),
    kind=st.sampled_from([3, 4, 1, 9, 11]),
    before=st.integers(0, 3),
)
packets = st.builds(xmp, st.integers(0, 9), is_element=st.booleans())
jpeg_segments = st.one_of(
    exif_blocks.map(exif_segment),
    packets.map(xmp_segment),
    st.tuples(st.sampled_from([0xE1, 0xE2, 0xED, 0xFE]), st.binary(max_size=30)),
)
png_chunks = st.one_of(
    exif_blocks.map(lambda block: chunk(b"eXIf", block)),
    st.builds(
        text_chunk,
        st.just(b"Raw profile type exif"),
        exif_blocks.map(raw_profile),
        st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"iTXz"]),
    ),
    st.builds(
        text_chunk,
        st.just(b"XML:com.adobe.xmp"),
        packets,
        st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"iTXz"]),
    ),
    st.builds(text_chunk, st.just(b"Comment"), packets, st.just(b"tEXt")),
)


@given(st.lists(jpeg_segments, max_size=4), st.booleans())
def test_of_several_places_in_a_jpeg_pillow_s_counts(
    segments: list[tuple[int, bytes]], is_first: bool
) -> None:
    assert_turned(jpeg(*segments, is_first=is_first))


@given(st.lists(png_chunks, max_size=4), st.lists(png_chunks, max_size=2))
def test_of_several_places_in_a_png_pillow_s_counts(
    before: list[bytes], after: list[bytes]
) -> None:
    data = png(*before)
    assert_turned(data[:-12] + b"".join(after) + data[-12:])


@given(st.one_of(exif_blocks, st.just(b"")), st.one_of(packets, st.just(b"")))
def test_of_several_places_in_a_webp_pillow_s_counts(block: bytes, packet: bytes) -> None:
    assert_turned(webp(exif=block, xmp=packet))


@given(exif_blocks, st.integers(0, 60), st.binary(max_size=4), st.sampled_from(["jpeg", "png"]))
def test_a_damaged_block_is_read_as_pillow_reads_it_or_upright(
    block: bytes, start: int, damage: bytes, place: str
) -> None:
    damaged = block[:start] + damage + block[start + len(damage) :]
    assert_turned(EXIF_PLACES[place](damaged))
    assert_turned(EXIF_PLACES[place](block[:start]))


@given(st.binary(max_size=100))
def test_any_bytes_as_metadata_leave_an_image(block: bytes) -> None:
    upright = decode(png())
    for data in (
        png(chunk(b"eXIf", b"II*\0\x08\0\0\0" + block)),
        png(chunk(b"zTXt", b"Raw profile type exif\0\0" + block)),
        png(text_chunk(b"Raw profile type exif", block, b"tEXt")),
        png(text_chunk(b"XML:com.adobe.xmp", block, b"iTXt")),
    ):
        assert sorted(decode(data).ravel()) == sorted(upright.ravel())


def test_a_tag_of_many_megabytes_costs_little() -> None:
    block = tiff(6)[:-4] + bytes(20_000_000)
    assert (decode(png(chunk(b"eXIf", block[:900_000]))) == np.rot90(decode(png()), -1)).all()
    assert decode(png(chunk(b"eXIf", block))).shape == (5, 6, 3)


def test_texts_that_unpack_to_gigabytes_are_passed_over() -> None:
    bomb = zlib.compress(bytes(20_000_000))
    chunks = [chunk(b"zTXt", b"Raw profile type exif\0\0" + bomb)] * 200
    data = png(*chunks, chunk(b"eXIf", tiff(3)))
    assert (decode(data) == decode(png())[::-1, ::-1]).all()
