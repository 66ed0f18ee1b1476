"""Camera threads -> one picture -> latest-only slots -> an encoder thread for each rendition, on the event loop."""

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

from robot_agent.media.cameras import CameraRig, Eye
from robot_agent.media.hardware import Choice
from robot_agent.media.picture import RtpClock, Shot
from robot_agent.media.rendition import Rendition, Renditions
from robot_agent.media.threads import WAIT_S, LoopCalls, start_thread

_STOP_LIMIT_S: Final = 2.0
_PROOF_LIMIT_S: Final = 10.0
_MAX_WAITING: Final = 3  # pictures the loop has not come to yet; above, captures are skipped before any work on them

_log = structlog.get_logger(__name__)


class VideoPipeline:
    """Reads the cameras all the time; their picture is encoded for the renditions that somebody watches.

    `choose_encoder` is called first, in a thread of its own. `on_shot` is called on the event loop with (rtp_time,
    since_ns) of each capture that goes to a rendition, before any picture of it is delivered. Each camera is closed
    by the thread that reads it, when `run` ends.
    """

    def __init__(
        self,
        *,
        rig: CameraRig,
        renditions: Renditions,
        choose_encoder: Callable[[], Choice],
        on_shot: Callable[[int, int], None],
    ) -> None:
        self._rig = rig
        self._renditions = renditions
        self._choose_encoder = choose_encoder
        self._on_shot = on_shot
        self._clock = RtpClock(origin=secrets.randbits(32))
        self._composing = threading.Lock()
        self._stopping = threading.Event()

    async def run(self) -> None:
        """Run all threads until cancelled; raises what ended one of them."""
        await self._prepare_encoders()
        threads = {*map(self._start_camera, self._rig.eyes), *map(self._start_encoder, self._renditions)}
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

    def _start_camera(self, eye: Eye) -> asyncio.Future[None]:
        calls = LoopCalls(asyncio.get_running_loop(), limit=_MAX_WAITING)
        return start_thread(f"camera-{eye.name}", lambda: self._capture(eye, calls))

    def _start_encoder(self, rendition: Rendition) -> asyncio.Future[None]:
        calls = LoopCalls(asyncio.get_running_loop(), limit=_MAX_WAITING)
        return start_thread(f"encoder-{rendition.name}", lambda: rendition.encode_until(self._stopping, calls))

    def _capture(self, eye: Eye, calls: LoopCalls) -> None:
        with contextlib.closing(eye.camera):
            while not self._stopping.is_set():
                frame = eye.camera.read(timeout_s=WAIT_S)
                if frame is not None:
                    now_ns = time.monotonic_ns()
                    eye.saw(frame, now_ns=now_ns)
                    self._pass_on(eye, calls, now_ns=now_ns)

    def _pass_on(self, eye: Eye, calls: LoopCalls, *, now_ns: int) -> None:
        with self._composing:
            watched = [rendition for rendition in self._renditions if rendition.is_watched]
            if not watched or calls.is_full or not self._rig.is_due(eye, now_ns=now_ns):
                return
            sight = self._rig.sight(eye)
            rtp_time = self._clock.stamp(sight.frame.captured_ns)
            shot = Shot(frame=sight.frame, rtp_time=rtp_time, since_ns=sight.since_ns)
            calls.call(self._on_shot, rtp_time, sight.since_ns)
            for rendition in watched:
                rendition.offer(shot)
