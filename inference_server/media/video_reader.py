"""Reads chosen frames of an encoded video, through FFmpeg's libraries.

Accepts the one container that the caller names and a short list of codecs. Runs in a process of its
own, where a crash or a decompression bomb does no harm.
"""

import io
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from av.sidedata.sidedata import Type
from av.stream import Disposition
from av.video.reformatter import Interpolation

from inference_server.media.orientation import upright
from inference_server.media.refusal import VideoRefused
from inference_server.media.timeline import Timeline, measured_timeline

# The codecs found in the accepted containers. FFmpeg has many more, some of them unmaintained.
_CODECS = {
    "h264": "H.264",
    "hevc": "HEVC",
    "vp8": "VP8",
    "vp9": "VP9",
    "av1": "AV1",
    "libdav1d": "AV1",
    "mpeg4": "MPEG-4",
    "mpeg1video": "MPEG-1",
    "mpeg2video": "MPEG-2",
    "mjpeg": "Motion JPEG",
    "h263": "H.263",
    "flv": "Sorenson",
    "vp6f": "VP6",
}
_CONTAINERS = {"mp4": "an MP4 or QuickTime", "matroska": "an MKV or WebM", "flv": "an FLV"}

# Pixels farther from a square than this are taken for a mistake of the file.
_MAX_PIXEL_ASPECT = 16


class VideoReader:
    """An open video. Its packets are in memory, so that frames can be counted and skipped.

    width and height are those of a frame as it is shown, before it is turned.
    """

    timeline: Timeline

    def __init__(self, data: bytes, container: str) -> None:
        options = {"codec_whitelist": ",".join(_CODECS)}
        self._container: Any = av.open(io.BytesIO(data), format=container, options=options)
        stream, self._packets = self._film()
        self._codec = _codec(stream, container)
        shown = [p for p in self._packets if p.pts is not None and not p.is_discard]
        self._shown = sorted({packet.pts for packet in shown})
        if not self._shown:
            raise VideoRefused("The video has no frames.")
        last = max(shown, key=lambda packet: packet.pts)
        self.timeline = measured_timeline(
            self._shown,
            stream.time_base,
            stated_fps=float(stream.average_rate or stream.guessed_rate or 0),
            last_duration=last.duration,
        )
        self.width, self.height = _shown_size(self._codec, stream.sample_aspect_ratio)

    def frames(self, indices: list[int], *, shrink: int) -> Iterator[tuple[int, np.ndarray]]:
        """Yields index and RGB pixels of each frame, upright; leaves out what cannot be decoded.

        Width and height are divided by `shrink`, averaging.
        """
        index_by_pts = {self._shown[index]: index for index in indices}
        size = max(self.width // shrink, 1), max(self.height // shrink, 1)
        interpolation = Interpolation.BICUBIC if shrink == 1 else Interpolation.AREA
        matrix: bytes | None = None
        for number, frame in enumerate(self._decoded(index_by_pts.__contains__)):
            if number == 0:
                # A stream may carry it in its first frame only; it holds for all, as one size does.
                matrix = _display_matrix(frame)
            index = index_by_pts.pop(frame.pts, None)
            if index is not None:
                # Converting costs as much as decoding, so only chosen frames are converted.
                rgb = frame.reformat(*size, format="rgb24", interpolation=interpolation)
                yield index, upright(rgb.to_ndarray(), matrix)

    def _film(self) -> tuple[Any, list[Any]]:
        """The stream that players show, and its packets.

        A cover is no video. Some writers store it as a stream like any other: one image counts as
        the video only if nothing else does.
        """
        streams = self._container.streams
        films = [film for film in streams.video if not film.disposition & Disposition.attached_pic]
        if not films:
            kinds = {stream.type for stream in streams}
            found = " and ".join(sorted("a cover" if kind == "video" else kind for kind in kinds))
            raise VideoRefused(f"The file has no video: it has {found or 'no streams'} only.")
        packets: dict[int, list[Any]] = {film.index: [] for film in films}
        for packet in self._container.demux(films):
            if packet.size:
                packets[packet.stream.index].append(packet)
        best = max(films, key=lambda film: (len(packets[film.index]) > 1, _is_default(film)))
        return best, packets[best.index]

    def _decoded(self, is_wanted: Callable[[int], bool]) -> Iterator[Any]:
        """Decodes the groups that hold a wanted frame and skips the others."""
        groups = self._groups()
        needed = self._needed(groups, is_wanted)
        for number, group in enumerate(groups):
            if number in needed:
                for packet in group:
                    yield from self._try_decode(packet)
            if number in needed and number + 1 not in needed:
                yield from self._try_decode(None)
                self._codec.flush_buffers()

    def _groups(self) -> list[list[Any]]:
        """The packets, cut before each key frame."""
        groups: list[list[Any]] = [[]]
        for packet in self._packets:
            if packet.is_keyframe:
                groups.append([])
            groups[-1].append(packet)
        return groups

    def _needed(self, groups: list[list[Any]], is_wanted: Callable[[int], bool]) -> set[int]:
        """The groups to decode. A frame shown before its key frame needs the group before too."""
        needed: set[int] = set()
        for number, group in enumerate(groups):
            wanted = [packet.pts for packet in group if is_wanted(packet.pts)]
            if wanted:
                needed.add(number)
            if wanted and group[0].pts is not None and min(wanted) < group[0].pts:
                needed.add(number - 1)
        return needed

    def _try_decode(self, packet: Any) -> list[Any]:
        try:
            return self._codec.decode(packet)
        except MemoryError:
            raise
        except FFmpegError:
            return []


def _is_default(stream: Any) -> bool:
    return bool(stream.disposition & Disposition.default)


def _codec(stream: Any, container: str) -> Any:
    codec = stream.codec_context
    name = getattr(codec, "name", "unknown")
    if name not in _CODECS:
        accepted = ", ".join(dict.fromkeys(_CODECS.values()))
        raise VideoRefused(
            f"The video's codec is {name}, in {_CONTAINERS[container]} file, which is not "
            f"accepted; accepted are {accepted}."
        )
    codec.thread_count = 1
    return codec


def _shown_size(codec: Any, aspect: Fraction | None) -> tuple[int, int]:
    """Width and height with square pixels: the width changes, as in players."""
    aspect = aspect or codec.sample_aspect_ratio
    if not aspect or not 1 / _MAX_PIXEL_ASPECT <= aspect <= _MAX_PIXEL_ASPECT:
        return codec.width, codec.height
    return max(round(codec.width * aspect), 1), codec.height


def _display_matrix(frame: Any) -> bytes | None:
    matrix = frame.side_data.get(Type.DISPLAYMATRIX)
    return None if matrix is None else bytes(matrix)
