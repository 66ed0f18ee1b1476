"""x264 through PyAV: one H.264 constrained-baseline stream, no delay, constant bit rate, keyframes on request only."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from robot_agent.media.frames import as_i420, pixels_of
from robot_agent.media.settings import RenditionSettings
from teleop_core.ports import Frame

VBV_FRAMES: Final = 3  # 1.5 spends only 70 % of the rate; more adds queueing delay

_GOP: Final = "keyint=infinite:scenecut=0:repeat-headers=1:force-cfr=1"
# What cv2.COLOR_BGR2YUV_I420 makes: BT.601, limited range. Unsaid, a browser guesses BT.709 for HD.
_COLOUR: Final = "colorprim=smpte170m:transfer=smpte170m:colormatrix=smpte170m:fullrange=off"


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One encoded picture as an Annex B byte stream; a keyframe is an IDR with its SPS and PPS before it."""

    stream: bytes
    keyframe: bool


class H264Encoder:
    """Encodes pictures one by one, each at once; opens itself anew, with a keyframe, when their size changes.

    Not thread-safe, and slow by nature (milliseconds a picture): for a thread of its own.
    """

    def __init__(self, settings: RenditionSettings, *, threads: int = 1) -> None:
        self._settings = settings
        self._threads = threads
        self._bitrate_bps = settings.ceiling_bps
        self._codec: VideoCodecContext | None = None
        self._count = 0

    @property
    def bitrate_bps(self) -> int:
        """What the encoder aims at now, were it given `settings.rate_hz` pictures a second."""
        return self._bitrate_bps

    def set_rate(self, bitrate_bps: int, *, rate_hz: float) -> None:
        """Aim at `bitrate_bps` over `rate_hz` pictures a second from the next picture on, without a keyframe.

        A picture never gets more than its share of the ceiling at the configured rate.
        """
        self._bitrate_bps = min(round(bitrate_bps * self._settings.rate_hz / rate_hz), self._settings.ceiling_bps)
        if self._codec is not None:
            self._codec.bit_rate = self._bitrate_bps

    def encode(self, frame: Frame, *, keyframe: bool) -> AccessUnit | None:
        """Encode `frame`, or return None when the encoder kept it back.

        Raises:
            av.FFmpegError: the encoder failed; the next call starts with a new one.
            ValueError: the pixels do not have the shape that the frame states.
        """
        picture = VideoFrame.from_numpy_buffer(pixels_of(as_i420(frame)), format="yuv420p")
        if self._codec is None or (self._codec.width, self._codec.height) != (picture.width, picture.height):
            self._codec = self._open(picture.width, picture.height)
        picture.pts = self._count
        picture.pict_type = PictureType.I if keyframe else PictureType.NONE
        self._count += 1
        try:
            packets = self._codec.encode(picture)
        except av.FFmpegError:
            self._codec = None
            raise
        if not packets:
            return None
        return AccessUnit(b"".join(map(bytes, packets)), any(packet.is_keyframe for packet in packets))

    def _open(self, width_px: int, height_px: int) -> VideoCodecContext:
        """Open x264 with bit rate and vbv at the ceiling: only so can the rate be changed later without a keyframe."""
        ceiling = self._settings.ceiling_bps
        codec = av.CodecContext.create("libx264", "w")
        codec.width, codec.height = width_px, height_px
        codec.pix_fmt = "yuv420p"
        codec.framerate = Fraction(self._settings.rate_hz)
        codec.time_base = 1 / Fraction(self._settings.rate_hz)
        codec.bit_rate = ceiling
        codec.thread_count = self._threads
        codec.profile = "Baseline"  # x264 sets constraint_set1 too: constrained baseline, 42e01f in the SDP
        codec.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "forced-idr": "1",
            "maxrate": str(ceiling),
            "bufsize": str(ceiling * VBV_FRAMES // self._settings.rate_hz),
            "x264-params": f"{_GOP}:{_COLOUR}",
        }
        codec.open()
        codec.bit_rate = self._bitrate_bps
        self._count = 0
        return codec
