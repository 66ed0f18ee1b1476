"""The room of the face: whose is shown, and the display that is opened again when it fails."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import structlog

from robot_agent.cancelling import end_if_cancelled
from robot_agent.media.face.mirror import FaceMirror
from robot_agent.media.face.screen import FaceScreen
from robot_agent.media.face.seat import FaceSeat
from robot_agent.media.faults import reason_of
from robot_agent.media.seats import Seat
from robot_agent.media.threads import start_thread
from teleop_core.errors import ConfigError, DriverError
from teleop_core.ports import FaceDisplay

RETRY_S: Final = 2.0
_STOP_LIMIT_S: Final = 2.0

_log = structlog.get_logger(__name__)


class FaceRoom:
    """Shows the face of whoever drives.

    Args:
        open_display: called in a thread; raises DriverError while the display is not there.
        driver: who has the lease now, None while nobody has.
    """

    def __init__(self, *, open_display: Callable[[], FaceDisplay], driver: Callable[[], str | None]) -> None:
        self._open_display = open_display
        self._driver = driver
        self._screen: FaceScreen | None = None

    def seat(self, peer: str) -> Seat:
        """Return the peer's seat; what it sends is shown while it drives."""
        return FaceSeat(is_shown=lambda: self._screen is not None and self._driver() == peer, on_picture=self._show)

    def mirror(self) -> FaceMirror:
        """Return a camera that shows what the display shows."""
        return FaceMirror(lambda: None if self._screen is None else self._screen.shown)

    def show_card(self, picture: Path | None, *, holds: bool) -> str | None:
        """Show a picture file, the hold card (`holds`), or the presenter again; return in words why not."""
        screen = self._screen
        if screen is None:
            return "the robot's face is away"
        if picture is None:
            screen.cover(None) if holds else screen.uncover()
            return None
        card = cv2.imread(str(picture), cv2.IMREAD_COLOR)
        if card is None:
            return f"{picture.name}: expected a picture such as PNG or JPEG"
        screen.cover(np.asarray(card, np.uint8))
        return None

    async def run(self) -> None:
        """Keep the display until cancelled; whatever fails, only the face is away.

        Raises:
            ConfigError: the display's settings can never work.
        """
        while True:
            try:
                await self._serve()
            except ConfigError:
                raise
            except DriverError as exc:
                _log.warning("face_display_failed", reason=str(exc), retry_in_s=RETRY_S)
            except Exception as exc:  # noqa: BLE001 - the root of the face, which must never end the agent
                _log.error("face_failed", reason=reason_of(exc), retry_in_s=RETRY_S)
            end_if_cancelled()
            await asyncio.sleep(RETRY_S)

    async def _serve(self) -> None:
        screen = FaceScreen(await asyncio.to_thread(self._open_display))
        self._screen = screen
        thread = start_thread("face", screen.run)
        try:
            await asyncio.shield(thread)
        finally:
            self._screen = None
            screen.stop()
            _, stuck = await asyncio.wait({thread}, timeout=_STOP_LIMIT_S)
            if stuck:
                _log.warning("media_thread_stuck", waited_s=_STOP_LIMIT_S, hint="the face display does not return")

    def _show(self, picture: bytes) -> bool:
        return self._screen is not None and self._screen.put(picture)
