"""What the agent says of its own: in the motion process's place while that is away, and of a fault in itself."""

import secrets
import time
from typing import Final

from teleop_core.errors import WireError
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_person, encode

_NO_EPOCH: Final = "none"


class Obituary:
    """Builds `Status` and `Event` from the last status that was heard."""

    def __init__(self) -> None:
        self._last: bytes | None = None
        self._source = f"agent-{secrets.token_hex(4)}"
        self._events = 0
        self._statuses = 0
        self._died_unix_ms = 0
        self.reason: str | None = None  # why the process was away the last time

    def remember(self, status: bytes) -> None:
        """Keep the newest status; the process lives."""
        self._last = status
        self._statuses = 0
        self.reason = None

    def status(self, reason: str, *, bridge_up: bool) -> bytes:
        """Return the status of a robot whose motion process is away because of `reason`."""
        if self.reason is None:
            self._died_unix_ms = _unix_ms()
        self.reason = reason
        self._statuses += 1
        last = self._last_status()
        status = m.Status(
            epoch=_NO_EPOCH if last is None else last.epoch,
            seq=self._statuses if last is None else last.seq + self._statuses,
            fence=0 if last is None else last.fence,
            state=m.RobotState.STOPPED,
            driver=None,
            latch=m.Latch(
                cause=m.StopCause.MOTION_DIED,
                by=None,
                role=None,
                at_unix_ms=self._died_unix_ms,
                detail=reason[:300],
                level=m.StopLevel.SETTLE if last is None or last.latch is None else last.latch.level,
            ),
            reset=None,
            offer=None,
            requests=(),
            bridge_up=bridge_up,
            refused={} if last is None else last.refused,
            accepted={} if last is None else last.accepted,
            faults=(reason[:300],),
        )
        return encode(status)

    def event(self, reason: str) -> bytes:
        """Return the event that says so, once for each death."""
        self._events += 1
        event = m.Event(
            source=self._source,
            seq=self._events,
            at_unix_ms=_unix_ms(),
            kind=m.EventKind.STOPPED,
            cause=m.StopCause.MOTION_DIED,
            detail=reason[:300],
        )
        return encode(event)

    def fault(self, detail: str) -> bytes:
        """Return the event that something of the agent's own does not work; the robot does."""
        return self.note(m.EventKind.FAULT, detail=detail)

    def note(self, kind: m.EventKind, *, by: str | None = None, detail: str = "") -> bytes:
        """Return an event of the agent's own."""
        self._events += 1
        event = m.Event(
            source=self._source,
            seq=self._events,
            at_unix_ms=_unix_ms(),
            kind=kind,
            by=by,
            detail=detail[:300],
        )
        return encode(event)

    def _last_status(self) -> m.Status | None:
        if self._last is None:
            return None
        try:
            status = decode_to_person(self._last)
        except WireError:
            return None
        return status if isinstance(status, m.Status) else None


def _unix_ms() -> int:
    return time.time_ns() // NS_PER_MS
