"""Counts the fields of an encoded message before it is decoded.

A field of two bytes may become an object of eighty, so bytes alone do not bound what a message
takes in memory, or how long it keeps the event loop.
"""

from google.protobuf.descriptor import Descriptor, FieldDescriptor

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_OPAQUE = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)


def has_more_fields(data: bytes, kind: Descriptor, limit: int) -> bool:  # noqa: C901
    """Whether the message has more fields than the limit, those of its parts included.

    A list of packed numbers counts as so many as it has bytes. Of broken data it counts what comes
    before the fault. Source of the format: the page "Encoding" of the documentation of Protocol
    Buffers.
    """
    # None of those that become objects takes less than two bytes.
    if len(data) < limit:
        return False
    left = limit
    parts: list[tuple[int, int, Descriptor]] = [(0, len(data), kind)]
    try:
        while parts:
            position, end, kind = parts.pop()
            while position < end:
                left -= 1
                if left < 0:
                    return True
                key, position = _varint(data, position)
                wire_type = key & 7
                if wire_type == _VARINT:
                    _, position = _varint(data, position)
                elif wire_type == _LENGTH:
                    length, position = _varint(data, position)
                    part_end = min(end, position + length)
                    field = kind.fields_by_number.get(key >> 3)
                    if field is not None and field.message_type is not None:
                        parts.append((position, part_end, field.message_type))
                    elif field is not None and field.type not in _OPAQUE:
                        # Numbers, which are packed one after the other.
                        left -= part_end - position
                    position += length
                elif wire_type in (_FIXED64, _FIXED32):
                    position += 8 if wire_type == _FIXED64 else 4
    except IndexError:
        pass
    return left < 0


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where it ends."""
    value = shift = 0
    while (byte := data[position]) & 0x80:
        if shift > 63:
            raise IndexError("no number has so many bytes")
        value |= (byte & 0x7F) << shift
        shift += 7
        position += 1
    return value | byte << shift, position + 1
