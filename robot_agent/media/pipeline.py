"""Camera thread -> latest-only slots -> an encoder thread for each rendition -> pictures, on the event loop."""

import asyncio
import secrets
import threading
from collections.abc import Callable
from typing import Final

import structlog

from robot_agent.media.frames import as_i420
from robot_agent.media.hardware import Choice
from robot_agent.media.picture import RtpClock, Shot
from robot_agent.media.rendition import Rendition, Renditions
from robot_agent.media.repeats import RepeatWatch
from robot_agent.media.threads import WAIT_S, LoopCalls, start_thread
from teleop_core.ports import Camera, Frame

_STOP_LIMIT_S: Final = 2.0
_PROOF_LIMIT_S: Final = 10.0
_MAX_WAITING: Final = 3  # pictures the loop has not come to yet; above, captures are skipped before any work on them

_log = structlog.get_logger(__name__)


class VideoPipeline:
    """Reads the camera all the time; its pictures are encoded for the renditions that somebody watches.

    `choose_encoder` is called first, in a thread of its own. `on_shot` is called on the event loop with (rtp_time,
    since_ns) of each capture that goes to a rendition, before any picture of it is delivered. The camera is closed by
    the thread that reads it, when `run` ends.
    """

    def __init__(
        self,
        *,
        camera: Camera,
        renditions: Renditions,
        choose_encoder: Callable[[], Choice],
        on_shot: Callable[[int, int], None],
    ) -> None:
        self._camera = camera
        self._renditions = renditions
        self._choose_encoder = choose_encoder
        self._on_shot = on_shot
        self._clock = RtpClock(origin=secrets.randbits(32))
        self._repeats = RepeatWatch()
        self._stopping = threading.Event()

    async def run(self) -> None:
        """Run all threads until cancelled; raises what ended one of them."""
        await self._prepare_encoders()
        threads = {self._start_camera(), *map(self._start_encoder, self._renditions)}
        try:
            ended, _ = await asyncio.wait(threads, return_when=asyncio.FIRST_COMPLETED)
            for thread in ended:
                thread.result()
        finally:
            self._stopping.set()
            _, stuck = await asyncio.wait(threads, timeout=_STOP_LIMIT_S)
            if stuck:
                _log.warning("media_thread_stuck", waited_s=_STOP_LIMIT_S, hint="the camera's driver does not return")

    async def _prepare_encoders(self) -> None:
        """Take the hardware encoder that is proven, if any; a driver that hangs at its proof costs one waiting time."""
        choices: list[Choice] = []
        proving = start_thread("encoder-proof", lambda: choices.append(self._choose_encoder()))
        done, _ = await asyncio.wait({proving}, timeout=_PROOF_LIMIT_S)
        if not done:
            _log.warning("encoder_proof_stuck", waited_s=_PROOF_LIMIT_S, hint="set robot.video.encoder to 'x264'")
            return
        proving.result()
        hardware = choices[0].open
        if hardware is not None:
            for rendition in self._renditions:
                rendition.use_hardware(hardware)

    def _start_camera(self) -> asyncio.Future[None]:
        calls = LoopCalls(asyncio.get_running_loop(), limit=_MAX_WAITING)
        return start_thread("camera", lambda: self._capture(calls))

    def _start_encoder(self, rendition: Rendition) -> asyncio.Future[None]:
        calls = LoopCalls(asyncio.get_running_loop(), limit=_MAX_WAITING)
        return start_thread(f"encoder-{rendition.name}", lambda: rendition.encode_until(self._stopping, calls))

    def _capture(self, calls: LoopCalls) -> None:
        try:
            while not self._stopping.is_set():
                frame = self._camera.read(timeout_s=WAIT_S)
                if frame is not None:
                    self._pass_on(frame, calls)
        finally:
            self._camera.close()

    def _pass_on(self, frame: Frame, calls: LoopCalls) -> None:
        since_ns = self._repeats.since_ns(frame)
        watched = [rendition for rendition in self._renditions if rendition.is_watched]
        if not watched or calls.is_full:
            return
        shot = Shot(frame=as_i420(frame), rtp_time=self._clock.stamp(frame.captured_ns), since_ns=since_ns)
        calls.call(self._on_shot, shot.rtp_time, since_ns)
        for rendition in watched:
            rendition.offer(shot)
