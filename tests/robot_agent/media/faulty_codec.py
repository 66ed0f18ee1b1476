"""Hardware encoders that are not there: x264, with one fault each."""

import itertools
from collections.abc import Callable, Container, Sequence

import av
import numpy as np
from av.video.frame import PictureType, VideoFrame

from robot_agent.media.codecs import CodedPicture, OpenCodec, OpenedCodec, Opening, x264


class Faulty:
    """An encoder that does what `encode` makes of it; `bit_rate` is passed on unless `deaf`."""

    def __init__(
        self,
        opening: Opening,
        encode: Callable[[OpenedCodec, VideoFrame], Sequence[CodedPicture]],
        *,
        deaf: bool = False,
    ) -> None:
        self._codec = x264("ultrafast")(opening)
        self._encode = encode
        self._deaf = deaf

    @property
    def width(self) -> int:
        return self._codec.width

    @property
    def height(self) -> int:
        return self._codec.height

    @property
    def bit_rate(self) -> int | None:
        return self._codec.bit_rate

    @bit_rate.setter
    def bit_rate(self, value: int | None) -> None:
        if not self._deaf:
            self._codec.bit_rate = value

    def encode(self, frame: VideoFrame, /) -> Sequence[CodedPicture]:
        return self._encode(self._codec, frame)


def sound(opening: Opening) -> OpenedCodec:
    return Faulty(opening, lambda codec, frame: codec.encode(frame))


def deaf(opening: Opening) -> OpenedCodec:
    """Keep to the bit rate that it was opened with."""
    return Faulty(opening, lambda codec, frame: codec.encode(frame), deaf=True)


def late(opening: Opening) -> OpenedCodec:
    """Give each picture when the next one is put in."""
    held: list[Sequence[CodedPicture]] = [[]]

    def encode(codec: OpenedCodec, frame: VideoFrame) -> Sequence[CodedPicture]:
        held.append(codec.encode(frame))
        return held.pop(0)

    return Faulty(opening, encode)


def without_keyframes(opening: Opening) -> OpenedCodec:
    """Pass over what is asked of it."""

    def encode(codec: OpenedCodec, frame: VideoFrame) -> Sequence[CodedPicture]:
        frame.pict_type = PictureType.NONE
        return codec.encode(frame)

    return Faulty(opening, encode)


def all_keyframes(opening: Opening) -> OpenedCodec:
    def encode(codec: OpenedCodec, frame: VideoFrame) -> Sequence[CodedPicture]:
        frame.pict_type = PictureType.I
        return codec.encode(frame)

    return Faulty(opening, encode)


def grey(opening: Opening) -> OpenedCodec:
    """Encode something, but not what is given."""

    def encode(codec: OpenedCodec, frame: VideoFrame) -> Sequence[CodedPicture]:
        flat = np.full((frame.height * 3 // 2, frame.width), 128, np.uint8)
        other = VideoFrame.from_numpy_buffer(flat, format="yuv420p")
        other.pts, other.pict_type = frame.pts, frame.pict_type
        return codec.encode(other)

    return Faulty(opening, encode)


def without_parameter_sets(opening: Opening) -> OpenedCodec:
    """Give the slices of keyframes alone, as one that keeps SPS and PPS to its extradata."""

    def encode(codec: OpenedCodec, frame: VideoFrame) -> Sequence[CodedPicture]:
        packets = codec.encode(frame)
        if not packets[0].is_keyframe:
            return packets
        stream = bytes(packets[0])
        bare = av.Packet(stream[stream.rindex(b"\0\0\1\x65") :])
        bare.pts, bare.is_keyframe = packets[0].pts, True
        return [bare]

    return Faulty(opening, encode)


def high_profile(opening: Opening) -> OpenedCodec:
    """Say another profile than was negotiated."""

    def encode(codec: OpenedCodec, frame: VideoFrame) -> Sequence[CodedPicture]:
        packets = codec.encode(frame)
        said = av.Packet(bytes(packets[0]).replace(b"\x67\x42\xc0", b"\x67\x64\x00"))
        said.pts, said.is_keyframe = packets[0].pts, packets[0].is_keyframe
        return [said]

    return Faulty(opening, encode)


def absent(opening: Opening) -> OpenedCodec:
    del opening
    raise av.FFmpegError(19, "No such device")


def unknown(opening: Opening) -> OpenedCodec:
    del opening
    raise av.codec.codec.UnknownCodecError("h264_vaapi")


def failing(at: Container[int], failure: Exception | None = None) -> OpenCodec:
    """Return an encoder that fails at these pictures, counted over all openings."""
    count = itertools.count()

    def encode(codec: OpenedCodec, frame: VideoFrame) -> Sequence[CodedPicture]:
        if next(count) in at:
            raise failure or av.FFmpegError(5, "Input/output error")
        return codec.encode(frame)

    return lambda opening: Faulty(opening, encode)


def crashing(opening: Opening) -> OpenedCodec:
    del opening
    raise RuntimeError("the vendor's library says 7")
