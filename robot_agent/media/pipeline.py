"""Camera thread -> latest-only slot -> encoder thread -> one picture for everybody, on the event loop."""

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import Callable
from typing import Final

import av
import structlog

from robot_agent.media.encoder import H264Encoder
from robot_agent.media.keyframes import KeyframeRequests
from robot_agent.media.packetiser import packetise
from robot_agent.media.picture import Picture, RtpClock
from robot_agent.media.repeats import RepeatWatch
from robot_agent.media.settings import VideoSettings
from robot_agent.media.slot import LatestSlot
from robot_agent.media.threads import start_thread
from teleop_core.ports import Camera, Frame

_WAIT_S: Final = 0.2  # how long a thread sleeps at most before it looks whether it must end
_STOP_LIMIT_S: Final = 2.0
_MAX_UNDELIVERED: Final = 3  # pictures the loop has not taken over yet; above, captures are skipped before encoding

_log = structlog.get_logger(__name__)


class VideoPipeline:
    """Reads the camera all the time and encodes while somebody watches.

    `deliver` is called on the event loop with each picture, in order. The camera is closed by the thread that reads
    it, when `run` ends.
    """

    def __init__(self, *, camera: Camera, settings: VideoSettings, deliver: Callable[[Picture], None]) -> None:
        self._camera = camera
        self._deliver = deliver
        self._encoder = H264Encoder(settings)
        self._clock = RtpClock(origin=secrets.randbits(32))
        self._repeats = RepeatWatch()
        self._keyframes = KeyframeRequests()
        self._slot = LatestSlot()
        self._watched = threading.Event()
        self._stopping = threading.Event()
        self._undelivered = 0
        self._counting = threading.Lock()

    def watch(self, *, watched: bool) -> None:
        """Encode from now on, or rest because nobody watches."""
        if watched:
            self._watched.set()
        else:
            self._watched.clear()

    def ask_keyframe(self) -> None:
        """Make one of the next pictures a keyframe; requests of all viewers are merged and limited in rate."""
        self._keyframes.ask()

    async def run(self) -> None:
        """Run both threads until cancelled; raises what ended one of them."""
        loop = asyncio.get_running_loop()
        threads = {
            start_thread("camera", self._capture),
            start_thread("encoder", lambda: self._encode(loop)),
        }
        try:
            ended, _ = await asyncio.wait(threads, return_when=asyncio.FIRST_COMPLETED)
            for thread in ended:
                thread.result()
        finally:
            self._stopping.set()
            _, stuck = await asyncio.wait(threads, timeout=_STOP_LIMIT_S)
            if stuck:
                _log.warning("media_thread_stuck", waited_s=_STOP_LIMIT_S, hint="the camera's driver does not return")

    def _capture(self) -> None:
        try:
            while not self._stopping.is_set():
                frame = self._camera.read(timeout_s=_WAIT_S)
                if frame is not None:
                    self._slot.put(frame)
        finally:
            self._camera.close()

    def _encode(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stopping.is_set():
            if not self._watched.wait(_WAIT_S):
                continue
            frame = self._slot.take(timeout_s=_WAIT_S)
            if frame is None or self._undelivered >= _MAX_UNDELIVERED:
                continue
            picture = self._produce(frame)
            if picture is not None:
                with self._counting:
                    self._undelivered += 1
                with contextlib.suppress(RuntimeError):  # the loop is closed: the process is going away
                    loop.call_soon_threadsafe(self._hand_over, picture)

    def _produce(self, frame: Frame) -> Picture | None:
        try:
            unit = self._encoder.encode(frame, keyframe=self._keyframes.grant(now_ns=time.monotonic_ns()))
        except av.FFmpegError as exc:
            _log.error("encoder_failed", error=str(exc))
            return None
        if unit is None:
            return None
        return Picture(
            payloads=packetise(unit.stream),
            rtp_time=self._clock.stamp(frame.captured_ns),
            captured_ns=frame.captured_ns,
            since_ns=self._repeats.since_ns(frame),
            keyframe=unit.keyframe,
        )

    def _hand_over(self, picture: Picture) -> None:
        with self._counting:
            self._undelivered -= 1
        self._deliver(picture)
