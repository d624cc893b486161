"""An image or video that a request points to, and the message that waits for its bytes."""

from dataclasses import dataclass

from nemotron_vl.v1 import content_pb2


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRef:
    """`url` as the caller wrote it, `param` is where, and `target` gets the bytes."""

    url: str
    param: str
    target: content_pb2.Image | content_pb2.Video

    @property
    def noun(self) -> str:
        """The kind of media, as error messages call it."""
        return "image" if isinstance(self.target, content_pb2.Image) else "video"
