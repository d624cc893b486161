"""Writes messages into a Generation, part by part, in whatever dialect they came."""

from nemotron_vl.v1 import content_pb2, inference_pb2

from http_gateway.translation.media_reference import MediaRef
from http_gateway.translation.param_map import ParamMap

_SEPARATOR = "\n\n"


class MessageWriter:
    """Notes where each part comes from, and the media, in order.

    `number` is a part's place in the content of its message, None where the content is one string.
    """

    def __init__(
        self,
        generation: inference_pb2.Generation,
        params: ParamMap,
        *,
        max_tiles: int | None = None,
        fps: float | None = None,
        num_frames: int | None = None,
    ) -> None:
        self.media: list[MediaRef] = []
        self._messages = generation.messages
        self._params = params
        self._image_options = content_pb2.Image(max_tiles=max_tiles)
        self._video_options = content_pb2.Video()
        if fps is not None:
            self._video_options.fps = fps
        if num_frames is not None:
            self._video_options.num_frames = num_frames

    def begin(self, role: content_pb2.Role.ValueType, index: int) -> content_pb2.Message:
        """A new message, made from the one with this index in the body."""
        self._message = self._messages.add(role=role)
        self._index = index
        self._params.add_message(index)
        return self._message

    def join(self, index: int) -> None:
        """Goes on in the same message with another of the body, a blank line between them."""
        self._index = index
        if self._message.parts:
            self.write_text(_SEPARATOR)

    def write_text(self, text: str, number: int | None = None) -> None:
        """Adds a text part."""
        self._message.parts.add(text=text)
        self._params.add_part((self._index, number))

    def write_image(self, url: str, param: str, number: int) -> None:
        """Adds an image part, without its bytes. `param` is where its URL stands."""
        target = self._message.parts.add().image
        # Reading the message of a oneof does not choose it; this does.
        target.SetInParent()
        target.MergeFrom(self._image_options)
        self._add_media(target, url, param, number)

    def write_video(self, url: str, param: str, number: int) -> None:
        """Adds a video part, without its bytes. `param` is where its URL stands."""
        target = self._message.parts.add().video
        target.SetInParent()
        target.MergeFrom(self._video_options)
        self._add_media(target, url, param, number)

    def _add_media(
        self, target: content_pb2.Image | content_pb2.Video, url: str, param: str, number: int
    ) -> None:
        self.media.append(MediaRef(url=url, param=param, target=target))
        self._params.add_part((self._index, number))
