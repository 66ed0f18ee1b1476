"""One H.264 constrained-baseline stream, no delay, constant bit rate, keyframes on request only, whoever encodes it."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from av.video.frame import PictureType, VideoFrame

from robot_agent.media.codecs import CodedPicture, OpenCodec, OpenedCodec, Opening, threads_for, x264
from robot_agent.media.faults import reason_of
from robot_agent.media.frames import as_i420, pixels_of
from robot_agent.media.settings import RenditionSettings
from teleop_core.ports import Frame

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One encoded picture as an Annex B byte stream; a keyframe is an IDR with its SPS and PPS before it."""

    stream: bytes
    keyframe: bool


class H264Encoder:
    """Encodes pictures one by one, each at once; opens itself anew, with a keyframe, when their size changes.

    With `hardware` it encodes by that, and by `software` for good once that fails. 0 `threads` are as many as serve the
    size of its pictures. Not thread-safe, and slow by nature
    (milliseconds a picture): for a thread of its own.
    """

    def __init__(
        self,
        settings: RenditionSettings,
        *,
        threads: int = 0,
        software: OpenCodec | None = None,
        hardware: OpenCodec | None = None,
    ) -> None:
        self._settings = settings
        self._threads = threads
        self._software = software or x264("superfast")
        self._hardware = hardware
        self._bitrate_bps = settings.ceiling_bps
        self._codec: OpenedCodec | None = None
        self._count = 0

    @property
    def bitrate_bps(self) -> int:
        """What the encoder aims at now, were it given `settings.rate_hz` pictures a second."""
        return self._bitrate_bps

    def use_hardware(self, hardware: OpenCodec) -> None:
        """Encode by `hardware` from the next picture on, with a keyframe."""
        self._hardware, self._codec = hardware, None

    def give_up(self, reason: str) -> None:
        """Go on with a new encoder, by software for good if this one is hardware."""
        self._codec = None
        if self._hardware is not None:
            self._hardware = None
            _log.warning("encoder_fell_back", why=reason, to="x264")

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
            Exception: whatever the encoder raises; it is to be given up.
            ValueError: the pixels do not have the shape that the frame states.
        """
        picture = as_i420(frame)
        packets = self._packets_of_hardware(picture, keyframe=keyframe) or self._packets(picture, keyframe=keyframe)
        if not packets:
            return None
        return AccessUnit(b"".join(map(bytes, packets)), any(packet.is_keyframe for packet in packets))

    def _packets_of_hardware(self, frame: Frame, *, keyframe: bool) -> Sequence[CodedPicture]:
        """Return what the hardware made of `frame`, or nothing when there is none, or none any more."""
        if self._hardware is None:
            return []
        try:
            packets = self._packets(frame, keyframe=keyframe)
            reason = "" if packets else "it kept a picture back"
        except Exception as exc:  # noqa: BLE001 - whatever a vendor's encoder raises, the next one is tried
            packets, reason = [], reason_of(exc)
        if reason:
            self.give_up(reason)
        return packets

    def _packets(self, frame: Frame, *, keyframe: bool) -> Sequence[CodedPicture]:
        picture = VideoFrame.from_numpy_buffer(pixels_of(frame), format="yuv420p")
        if self._codec is None or (self._codec.width, self._codec.height) != (picture.width, picture.height):
            self._codec = self._open(picture.width, picture.height)
        picture.pts = self._count
        picture.pict_type = PictureType.I if keyframe else PictureType.NONE
        self._count += 1
        return self._codec.encode(picture)

    def _open(self, width_px: int, height_px: int) -> OpenedCodec:
        opening = Opening(
            width_px=width_px,
            height_px=height_px,
            rate_hz=self._settings.rate_hz,
            ceiling_bps=self._settings.ceiling_bps,
            threads=self._threads or threads_for(height_px),
        )
        codec = (self._hardware or self._software)(opening)
        codec.bit_rate = self._bitrate_bps
        self._count = 0
        return codec
