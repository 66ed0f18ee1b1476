"""The latest-only slot between the camera thread and the encoder thread."""

import threading

from teleop_core.ports import Frame


class LatestSlot:
    """Holds the newest picture only: a slow encoder skips pictures, it never works on an old one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Frame | None = None

    def put(self, frame: Frame) -> None:
        """Replace whatever waits with `frame`."""
        with self._changed:
            self._frame = frame
            self._changed.notify()

    def take(self, *, timeout_s: float) -> Frame | None:
        """Wait for a picture that was not taken before, or return None when none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None, timeout_s)
            frame, self._frame = self._frame, None
            return frame
