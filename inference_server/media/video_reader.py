"""Reads chosen frames of an encoded video, through FFmpeg's libraries.

Accepts the one container that the caller names and a short list of codecs. Runs in a process of its
own, where a crash or a decompression bomb does no harm.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import Interpolation

# The codecs found in the accepted containers. FFmpeg has many more, some of them unmaintained.
_CODECS = (
    "h264",
    "hevc",
    "vp8",
    "vp9",
    "av1",
    "libdav1d",
    "mpeg4",
    "mpeg1video",
    "mpeg2video",
    "h263",
    "flv",
    "vp6f",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoInfo:
    """A video's properties, known before a frame is decoded."""

    num_frames: int
    fps: float
    width: int
    height: int


class VideoReader:
    """An open video. Its packets are in memory, so that frames can be counted and skipped."""

    def __init__(self, data: bytes, container: str) -> None:
        options = {"codec_whitelist": ",".join(_CODECS)}
        self._container: Any = av.open(io.BytesIO(data), format=container, options=options)
        if not self._container.streams.video:
            raise ValueError("no video in it")
        stream = self._container.streams.video[0]
        self._codec = stream.codec_context
        if self._codec.name not in _CODECS:
            raise ValueError("an unknown codec")
        self._codec.thread_count = 1
        self._packets = [packet for packet in self._container.demux(stream) if packet.size]
        self._shown = sorted(
            {p.pts for p in self._packets if p.pts is not None and not p.is_discard}
        )
        if not self._shown:
            raise ValueError("no frames in it")
        self.info = VideoInfo(
            num_frames=len(self._shown),
            fps=float(stream.average_rate or stream.guessed_rate or self._measured_rate(stream)),
            width=self._codec.width,
            height=self._codec.height,
        )

    def frames(self, indices: list[int], *, shrink: int) -> Iterator[tuple[int, np.ndarray]]:
        """Yields index and RGB pixels of each frame, upright; leaves out what cannot be decoded.

        Width and height are divided by `shrink`, averaging.
        """
        index_by_pts = {self._shown[index]: index for index in indices}
        size = max(self.info.width // shrink, 1), max(self.info.height // shrink, 1)
        interpolation = Interpolation.BICUBIC if shrink == 1 else Interpolation.AREA
        for frame in self._decoded(index_by_pts.__contains__):
            index = index_by_pts.pop(frame.pts, None)
            if index is not None:
                # Converting costs as much as decoding, so only chosen frames are converted.
                rgb = frame.reformat(*size, format="rgb24", interpolation=interpolation)
                yield index, np.rot90(rgb.to_ndarray(), frame.rotation // 90)

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
        except FFmpegError:
            return []

    def _measured_rate(self, stream: Any) -> Fraction:
        """Frames a second, for a file that does not say; a single frame lasts a second."""
        ticks = self._shown[-1] - self._shown[0]
        return Fraction(len(self._shown) - 1) / (ticks * stream.time_base) if ticks else Fraction(1)
