"""What the robot's face shows, as one more camera: staff far from the stage see what the hall sees of the presenter."""

import time
from collections.abc import Callable
from typing import Final

from robot_agent.media.face.card import Pixels
from teleop_core.ports import Frame

EVERY_S: Final = 0.1


class FaceMirror:
    """A camera whose pictures are those of the display; `shown` returns the newest, None while the face is away."""

    def __init__(self, shown: Callable[[], Pixels | None]) -> None:
        self._shown = shown
        self._due_s = time.monotonic()

    def read(self, *, timeout_s: float) -> Frame | None:
        """Wait for its time, ten times a second, and return what is shown then; None while the face is away."""
        now_s = time.monotonic()
        self._due_s = max(self._due_s + EVERY_S, now_s)
        time.sleep(min(self._due_s - now_s, timeout_s))
        shown = self._shown()
        if shown is None:
            return None
        height, width = (side // 2 * 2 for side in shown.shape[:2])  # as yuv420p wants them
        return Frame(
            pixels=shown[:height, :width],
            pixel_format="bgr24",
            width_px=width,
            height_px=height,
            captured_ns=time.monotonic_ns(),
        )

    def close(self) -> None:
        """Have nothing to close."""
