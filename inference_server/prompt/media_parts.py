"""The one walk over a conversation's images and videos, with the paths that errors name."""

from collections.abc import Iterator

from nemotron_vl.v1.content_pb2 import Part
from nemotron_vl.v1.inference_pb2 import Generation


def media_parts(generation: Generation) -> Iterator[tuple[str, Part]]:
    """Yields every image and video in order, with its path: "messages[1].parts[0]"."""
    for message_index, message in enumerate(generation.messages):
        for part_index, part in enumerate(message.parts):
            if part.WhichOneof("kind") in ("image", "video"):
                yield f"messages[{message_index}].parts[{part_index}]", part
