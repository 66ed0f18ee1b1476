"""Keyframe requests of all viewers, merged into as few keyframes as will do."""

from typing import Final

from teleop_core.timebase import NS_PER_MS

MIN_INTERVAL_NS: Final = 200 * NS_PER_MS


class KeyframeRequests:
    """Merges requests and grants at most one keyframe each `MIN_INTERVAL_NS`; a request in between waits, none is lost.

    One thread asks while another grants: each step is a single assignment, and a request that arrives during a grant
    is granted again later rather than dropped.
    """

    def __init__(self) -> None:
        self._asked = False
        self._granted_ns: int | None = None

    def ask(self) -> None:
        """Note that some viewer cannot show a picture without a keyframe."""
        self._asked = True

    def grant(self, *, now_ns: int) -> bool:
        """Return whether the picture that is encoded now must be a keyframe."""
        if not self._asked:
            return False
        if self._granted_ns is not None and now_ns - self._granted_ns < MIN_INTERVAL_NS:
            return False
        self._asked = False
        self._granted_ns = now_ns
        return True

    def made(self, *, now_ns: int) -> None:
        """Note a keyframe that came without a grant, as the first of an encoder opened anew does."""
        self._asked = False
        self._granted_ns = now_ns
