"""Who chooses the main camera, and what everybody is told of the cameras."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Final

from robot_agent.media.cameras import CameraRig
from teleop_core.timebase import NS_PER_MS, NS_PER_S
from teleop_core.wire.messages import Ack, Cameras, ChooseCamera, Refusal, Role, Verdict

TELL_EVERY_NS: Final = NS_PER_S
_LOOK_EVERY_S: Final = 0.25


class CameraDesk:
    """Takes choices, and tells `on_cameras` how the cameras are."""

    def __init__(self, rig: CameraRig, *, on_cameras: Callable[[Cameras], None]) -> None:
        self._rig = rig
        self._on_cameras = on_cameras
        self._chosen = asyncio.Event()

    def choose(self, role: Role, choice: ChooseCamera) -> Ack:
        """Make a camera the main one for everybody, or say why not."""
        if role is Role.OBSERVER:
            return _refused(choice, Refusal.ROLE, "expected a presenter or staff, got an observer")
        if not self._rig.choose(choice.name):
            names = ", ".join(eye.name for eye in self._rig.eyes)
            return _refused(choice, Refusal.MEDIA, f"expected one of the cameras {names}; got {choice.name}")
        self._chosen.set()
        return Ack(id=choice.id, verdict=Verdict.DONE)

    async def run(self) -> None:
        """Tell how the cameras are: at once when somebody chose, soon when one fails or returns, and now and then."""
        told: object = None
        told_ns = 0
        while True:
            now_ns = time.monotonic_ns()
            main, cameras = self._rig.main, self._rig.state(now_ns=now_ns)
            if (main, cameras) != told or now_ns - told_ns >= TELL_EVERY_NS:
                told, told_ns = (main, cameras), now_ns
                self._on_cameras(Cameras(at_unix_ms=time.time_ns() // NS_PER_MS, main=main, cameras=cameras))
            self._chosen.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._chosen.wait()


def _refused(choice: ChooseCamera, refusal: Refusal, detail: str) -> Ack:
    return Ack(id=choice.id, verdict=Verdict.REFUSED, refusal=refusal, detail=detail)
