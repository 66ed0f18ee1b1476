"""Whether a peer is still there, from when it was heard; pure.

A page pings a few times a second, and its browser reports on the picture. One that has fallen silent is *lost* within a
second, and its session may still come to life again: the network that took it often brings it back, sooner than any new
connection could be made. It is closed after a silence that no network explains.
"""

from typing import Final

from teleop_core.timebase import NS_PER_MS

LOST_AFTER_NS: Final = 700 * NS_PER_MS  # three pings of a page that is seen, and what a full link may hold back
SLOWEST_PING_NS: Final = 1_000 * NS_PER_MS  # of a hidden page, whose timers browsers slow down


class Liveness:
    """What one peer lets be heard."""

    def __init__(self, *, now_ns: int) -> None:
        self._heard_ns = now_ns
        self._pinged_ns: int | None = None
        self._rhythm_ns = 0

    def heard(self, *, now_ns: int) -> None:
        """Note that anything came of the peer."""
        self._heard_ns = now_ns

    def pinged(self, *, now_ns: int) -> None:
        """Note a ping, one of a row that goes on as long as the page lives."""
        if self._pinged_ns is not None:
            self._rhythm_ns = min(now_ns - self._pinged_ns, SLOWEST_PING_NS)
        self._pinged_ns = now_ns
        self.heard(now_ns=now_ns)

    def silent_ns(self, *, now_ns: int) -> int:
        """Return for how long nothing has been heard."""
        return now_ns - self._heard_ns

    def speaks(self, *, now_ns: int) -> bool:
        """Return whether the page's own program is heard, and not its browser alone. Who never pinged, may be quiet."""
        if self._pinged_ns is None:
            return True
        return now_ns - self._pinged_ns < max(LOST_AFTER_NS, 2 * self._rhythm_ns)

    def is_lost(self, *, now_ns: int) -> bool:
        """Return whether the peer is missed. Who never pinged, may be silent."""
        if self._pinged_ns is None:
            return False
        return self.silent_ns(now_ns=now_ns) >= max(LOST_AFTER_NS, 2 * self._rhythm_ns)
