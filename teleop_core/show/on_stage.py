"""Who is on stage through the robot, and how good their link is. Pure.

Whoever has the lease is on stage, and stays so when the lease expires, for then the link took it. Who gave it back, or
lost it to staff or a STOP, is not.
"""

from typing import Final

from teleop_core.show.script import Grade
from teleop_core.timebase import seconds
from teleop_core.wire.messages import Event, EventKind, Telemetry

LOST_AFTER_NS: Final = seconds(1)  # a page that is there lets something be heard ten times a second
POOR_LOOP_MS: Final = 350.0
LEFT_AFTER_NS: Final = seconds(120)  # a link that is away for so long has left

_ENDS: Final = frozenset(
    {EventKind.STOPPED, EventKind.RETURNED, EventKind.REVOKED, EventKind.TAKEN, EventKind.GRANTED, EventKind.RESET}
)


class OnStage:
    """One robot's."""

    def __init__(self) -> None:
        self._who: str | None = None
        self._heard_ns = 0
        self._loop_ms: float | None = None

    @property
    def who(self) -> str | None:
        """Who is on stage, by peer id."""
        return self._who

    def heard(self, peer: str, *, now_ns: int) -> None:
        """Note that something of `peer` was heard, over whichever road."""
        if peer == self._who:
            self._heard_ns = now_ns

    def hear_telemetry(self, said: Telemetry, *, now_ns: int) -> None:
        """Take in a beacon of the motion process."""
        self._loop_ms = said.loop_delay_ms
        if said.driver is not None and said.driver != self._who:
            self._who, self._heard_ns = said.driver, now_ns

    def hear_event(self, event: Event) -> None:
        """Take in what happened to the lease."""
        if event.kind in _ENDS:
            self._who = None

    def leave(self) -> None:
        """Have nobody on stage."""
        self._who = None

    def link(self, *, now_ns: int) -> Grade:
        """Return how good the link is of whoever is on stage; good when nobody is."""
        if self._who is None:
            return Grade.GOOD
        silent_ns = now_ns - self._heard_ns
        if silent_ns >= LEFT_AFTER_NS:
            self._who = None
            return Grade.GOOD
        if silent_ns >= LOST_AFTER_NS:
            return Grade.LOST
        return Grade.POOR if self._loop_ms is not None and self._loop_ms >= POOR_LOOP_MS else Grade.GOOD
