"""Writes messages into a Generation, part by part, in whatever dialect they came."""

from collections.abc import Sequence

from nemotron_vl.v1 import content_pb2, inference_pb2

from http_gateway.translation.json_body import check_num_entries
from http_gateway.translation.media_reference import MediaRef
from http_gateway.translation.param_map import ParamMap

_SEPARATOR = "\n\n"


class MessageWriter:
    """Notes where each part comes from, and the media, in order.

    `number` is a part's place in the content of its message, None where the content is one string.
    `image` and `video` have the options of all images and videos.
    """

    def __init__(
        self,
        generation: inference_pb2.Generation,
        params: ParamMap,
        *,
        image: content_pb2.Image,
        video: content_pb2.Video,
    ) -> None:
        self.media: list[MediaRef] = []
        self._messages = generation.messages
        self._params = params
        self._image_options = image
        self._video_options = video

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
        target = self._add_part(param, number).image
        # Reading the message of a oneof does not choose it; this does.
        target.SetInParent()
        target.MergeFrom(self._image_options)
        self.media.append(MediaRef(url=url, param=param, target=target))

    def write_video(self, url: str, param: str, number: int) -> None:
        """Adds a video part, without its bytes. `param` is where its URL stands."""
        target = self._add_video(param, number)
        self.media.append(MediaRef(url=url, param=param, target=target))

    def write_frames(self, urls: Sequence[str], param: str, number: int) -> None:
        """Adds a video part of frames, without their bytes. `param` is where their URLs stand."""
        check_num_entries("messages", len(self.media) + len(urls))
        target = self._add_video(param, number)
        target.frames.SetInParent()
        # All of them are shown, which is what this number asks for.
        if target.HasField("num_frames") and target.num_frames == len(urls):
            target.ClearField("num_frames")
        for index, url in enumerate(urls):
            frame = target.frames.frames.add()
            self.media.append(
                MediaRef(url=url, param=f"{param}[{index}]", target=frame, frame_index=index)
            )

    def set_fps(self, fps: float, param: str) -> None:
        """Sets the rate of the video just written, whatever the options of all videos say."""
        message, part = len(self._messages) - 1, len(self._message.parts) - 1
        self._message.parts[part].video.fps = fps
        self._params.choose(f"messages[{message}].parts[{part}].video.fps", param)

    def _add_video(self, param: str, number: int) -> content_pb2.Video:
        target = self._add_part(param, number).video
        target.SetInParent()
        target.MergeFrom(self._video_options)
        return target

    def _add_part(self, param: str, number: int) -> content_pb2.Part:
        self._params.add_part((self._index, number), key=param.rpartition(".")[2])
        return self._message.parts.add()
