"""One rendition of the picture: an encoder thread, its target, and whoever watches it."""

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import structlog

from robot_agent.media.codecs import OpenCodec, x264
from robot_agent.media.encoder import H264Encoder
from robot_agent.media.fanout import Fanout, Feed
from robot_agent.media.faults import ENCODER_RETRIES_S, Backoff, reason_of
from robot_agent.media.frames import scaled
from robot_agent.media.keyframes import KeyframeRequests
from robot_agent.media.pace import Pace
from robot_agent.media.packetiser import packetise
from robot_agent.media.picture import Picture, Shot
from robot_agent.media.rate.ladder import Target
from robot_agent.media.settings import RenditionSettings, VideoSettings
from robot_agent.media.slot import LatestSlot
from robot_agent.media.threads import WAIT_S, LoopCalls
from teleop_core.wire.messages import Role

_log = structlog.get_logger(__name__)


class Rendition:
    """Encodes what the camera captures while somebody watches, and offers each picture to all who do.

    All renditions number pictures alike: whoever goes from one to another joins the second, leaves the first at the
    second's first picture, which is a keyframe, and passes over pictures whose RTP time is not newer than the last
    that it sent. All methods belong to the event loop, except where they say another thread.
    """

    def __init__(self, name: str, settings: RenditionSettings, *, encoder: H264Encoder | None = None) -> None:
        self.name: Final = name
        self._settings = settings
        self._encoder = encoder or H264Encoder(settings)
        self._target = Target(bitrate_bps=settings.ceiling_bps, rate_hz=settings.rate_hz)
        self._keyframes = KeyframeRequests()
        self._pace = Pace()
        self._backoff = Backoff(ENCODER_RETRIES_S)
        self._slot = LatestSlot()
        self._watched = threading.Event()
        self._is_open = True
        self._fanout = Fanout(ask_keyframe=self._keyframes.ask, on_change=self._look_who_watches)

    def __len__(self) -> int:
        """Return how many watch."""
        return len(self._fanout)

    @property
    def floor_bps(self) -> int:
        """The least it spends; below, it is not worth watching."""
        return self._settings.floor_bps

    @property
    def ceiling_bps(self) -> int:
        """The most it spends."""
        return self._settings.ceiling_bps

    @property
    def full_rate_hz(self) -> int:
        """The most pictures a second."""
        return self._settings.rate_hz

    @property
    def full_scale(self) -> float:
        """Its full size against the camera's, by each side."""
        return self._settings.scale

    @property
    def target(self) -> Target:
        """What it aims at now, within its bounds."""
        return self._target

    @property
    def is_watched(self) -> bool:
        """Whether pictures of it are wanted at all."""
        return self._watched.is_set()

    def join(self, filled: asyncio.Event | None = None) -> Feed:
        """Return a feed that begins with a keyframe, soon, and sets `filled` with each picture."""
        return self._fanout.join(filled)

    def leave(self, feed: Feed) -> None:
        """Forget `feed`; leaving twice is nothing."""
        self._fanout.leave(feed)

    def ask_keyframe(self) -> None:
        """Make one of the next pictures a keyframe; requests of all viewers are merged and limited in rate."""
        self._fanout.ask_keyframe()

    def set_target(self, target: Target) -> None:
        """Aim at `target`, moved within bounds, from the next picture on; only another scale costs a keyframe."""
        self._target = Target(
            bitrate_bps=min(max(target.bitrate_bps, self.floor_bps), self.ceiling_bps),
            rate_hz=min(max(target.rate_hz, 1), self._settings.rate_hz),
            scale=min(max(target.scale, 0.1), 1.0),
        )

    def use_hardware(self, open_codec: OpenCodec) -> None:
        """Encode by a hardware encoder as long as it does not fail; before `encode_until` runs."""
        self._encoder.use_hardware(open_codec)

    def set_open(self, *, is_open: bool) -> None:
        """Pass over captures while nobody has room for a picture: what was not encoded need not be caught up with."""
        self._is_open = is_open

    def offer(self, shot: Shot) -> None:
        """Take a capture to encode, in place of one that still waits; for the camera's thread."""
        self._slot.put(shot)

    def encode_until(self, stopping: threading.Event, calls: LoopCalls) -> None:
        """Encode, and have the loop offer each picture to the viewers; the whole life of its thread."""
        while not stopping.is_set():
            if not self._watched.wait(WAIT_S):
                continue
            shot = self._slot.take(timeout_s=WAIT_S)
            if shot is None or calls.is_full or not self._is_open:
                continue
            picture = self.encode(shot)
            if picture is not None:
                calls.call(self._fanout.deliver, picture)

    def encode(self, shot: Shot) -> Picture | None:
        """Return the capture as a picture, or None when it is not wanted or the encoder fails; for its thread."""
        target, now_ns = self._target, time.monotonic_ns()
        if not self._backoff.is_due(now_ns=now_ns):
            return None
        if not self._pace.takes(shot.frame.captured_ns, rate_hz=target.rate_hz):
            return None
        try:
            picture = self._encoded(shot, target, now_ns=now_ns)
        except Exception as exc:  # noqa: BLE001 - the root of the encoder's thread: a picture less, and a new encoder
            self._encoder_failed(reason_of(exc), now_ns=now_ns)
            return None
        self._backoff.worked()
        return picture

    def _encoded(self, shot: Shot, target: Target, *, now_ns: int) -> Picture | None:
        self._encoder.set_rate(target.bitrate_bps, rate_hz=target.rate_hz)
        granted = self._keyframes.grant(now_ns=now_ns)
        unit = self._encoder.encode(scaled(shot.frame, self._settings.scale * target.scale), keyframe=granted)
        if unit is None:
            return None
        if unit.keyframe and not granted:
            self._keyframes.made(now_ns=now_ns)
        return Picture(
            payloads=packetise(unit.stream),
            rtp_time=shot.rtp_time,
            captured_ns=shot.frame.captured_ns,
            since_ns=shot.since_ns,
            taken_ns=now_ns,
            encoded_ns=time.monotonic_ns(),
            keyframe=unit.keyframe,
        )

    def _encoder_failed(self, reason: str, *, now_ns: int) -> None:
        _log.error("encoder_failed", rendition=self.name, error=reason, retry_in_s=self._backoff.retry_s)
        self._encoder.give_up(reason)
        self._backoff.failed(now_ns=now_ns)

    def _look_who_watches(self) -> None:
        if len(self._fanout):
            self._slot.clear()  # whatever waits is from before the rest
            self._watched.set()
        else:
            self._watched.clear()


@dataclass(frozen=True, slots=True)
class Renditions:
    """The two renditions of one camera."""

    high: Rendition
    low: Rendition

    @classmethod
    def of(cls, settings: VideoSettings) -> Self:
        """Return those of the `[robot.video]` table."""

        def rendition(name: str, own: RenditionSettings) -> Rendition:
            encoder = H264Encoder(own, threads=settings.encoder_threads, software=x264(settings.preset))
            return Rendition(name, own, encoder=encoder)

        return cls(rendition("high", settings.high), rendition("low", settings.low))

    def __iter__(self) -> Iterator[Rendition]:
        """Iterate over both, the better one first."""
        return iter((self.high, self.low))

    @staticmethod
    def best_for(role: Role) -> int:
        """Return the place, in their order, of the best that somebody who is here as `role` may have."""
        return 0 if role is Role.PRESENTER else 1
