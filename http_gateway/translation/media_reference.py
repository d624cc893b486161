"""An image, video or frame that a request points to, and the message that waits for its bytes."""

from dataclasses import dataclass

from nemotron_vl.v1 import content_pb2


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRef:
    """`url` as the caller wrote it, `param` is where, and `target` gets the bytes.

    frame_index: the place of a frame in its video.
    """

    url: str
    param: str
    target: content_pb2.Image | content_pb2.Video | content_pb2.Frame
    frame_index: int = 0

    @property
    def noun(self) -> str:
        """The kind of media, as error messages call it."""
        return type(self.target).DESCRIPTOR.name.lower()
