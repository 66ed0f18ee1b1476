"""The latest-only slot between the camera thread and an encoder thread."""

import threading

from robot_agent.media.picture import Shot


class LatestSlot:
    """Holds the newest capture only: a slow encoder skips captures, it never works on an old one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._shot: Shot | None = None

    def put(self, shot: Shot) -> None:
        """Replace whatever waits with `shot`."""
        with self._changed:
            self._shot = shot
            self._changed.notify()

    def clear(self) -> None:
        """Drop whatever waits."""
        with self._changed:
            self._shot = None

    def take(self, *, timeout_s: float) -> Shot | None:
        """Wait for a capture that was not taken before, or return None when none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._shot is not None, timeout_s)
            shot, self._shot = self._shot, None
            return shot
