"""One picture on its way: as captured, as encoded and packetised, and the clock that numbers both for every viewer."""

from dataclasses import dataclass
from typing import Final

from teleop_core.ports import Frame
from teleop_core.timebase import NS_PER_S

RTP_CLOCK_HZ: Final = 90_000
RTP_TIME_SPAN: Final = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One capture, in yuv420p, as every rendition gets it; the times are those of `Picture`."""

    frame: Frame
    rtp_time: int
    since_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture as H.264 RTP payloads (RFC 6184, packetization-mode 1), shared by all viewers of a rendition.

    `rtp_time` is the RTP timestamp that every viewer receives, whatever the rendition (90 kHz, modulo 2**32). All
    other times are monotonic: `since_ns` is the capture of the first of a row of pictures that are the same to the
    last bit, mostly its own; it was encoded from `taken_ns` to `encoded_ns`.
    """

    payloads: tuple[bytes, ...]
    rtp_time: int
    captured_ns: int
    since_ns: int
    taken_ns: int
    encoded_ns: int
    keyframe: bool


class RtpClock:
    """Maps capture times to RTP timestamps: one origin for all viewers, strictly rising, modulo 2**32."""

    def __init__(self, *, origin: int) -> None:
        self._origin = origin
        self._last: int | None = None

    def stamp(self, captured_ns: int) -> int:
        """Return the RTP timestamp of a picture captured at `captured_ns`; never the same one twice in a row."""
        ticks = captured_ns * RTP_CLOCK_HZ // NS_PER_S
        if self._last is not None and ticks <= self._last:
            ticks = self._last + 1
        self._last = ticks
        return (self._origin + ticks) % RTP_TIME_SPAN
