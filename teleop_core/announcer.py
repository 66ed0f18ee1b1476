"""What the robot says: answers and events at once, beacons and status when they are due, bounded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from teleop_core import report
from teleop_core.driving import Driving
from teleop_core.timing import Timing
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode

MESSAGES_KEPT: Final = 1024  # a drain; more can only come from a flood, and then the oldest state goes first


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to send: to one peer, or (None) to everybody."""

    to: str | None
    lane: m.Lane
    body: bytes


class Announcer:
    """Numbers the robot's beacons, status and events, and keeps what waits to be sent."""

    def __init__(self, *, epoch: str, timing: Timing, now_ns: int) -> None:
        self._epoch = epoch
        self._timing = timing
        self._beacon = 0
        self._next_beacon_ns = now_ns
        self._next_status_ns = now_ns
        self._status_seq = -1
        self._gist: tuple[object, ...] | None = None
        self._event_seq = 0
        self._outgoing: list[Outgoing] = []

    def take(self) -> list[Outgoing]:
        """Return what has to be sent since the last call."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def beacon_is_due(self, *, now_ns: int) -> None:
        """Let a beacon leave at the next tick."""
        self._next_beacon_ns = min(self._next_beacon_ns, now_ns)

    def status_is_due(self, *, now_ns: int) -> None:
        """Let a status leave at the next tick."""
        self._next_status_ns = now_ns

    def tick(self, moment: report.Moment, *, driving: Driving, allowed_mps: float, refused: Mapping[str, int]) -> None:
        """Say what is due at `moment`."""
        now_ns = moment.now_ns
        if now_ns >= self._next_beacon_ns:
            self._next_beacon_ns = max(self._next_beacon_ns + self._timing.beacon_ns, now_ns)
            self._beacon += 1
            driving.beacon_left(self._beacon, now_ns=now_ns)
            wish = driving.wish(now_ns=now_ns)
            telemetry = report.telemetry(
                moment, tick=self._beacon, wish=wish, applied=driving.applied, allowed_mps=allowed_mps
            )
            self.say(None, m.Lane.STATE, telemetry)
        gist = report.gist(moment)
        if gist != self._gist or now_ns >= self._next_status_ns:
            self._next_status_ns = now_ns + self._timing.status_ns
            self._gist = gist
            self._status_seq += 1
            race = driving.race(now_ns=now_ns)
            status = report.status(moment, seq=self._status_seq, refused=refused, accepted=driving.won, race=race)
            self.say(None, m.Lane.STATE, status)

    def event(
        self,
        kind: m.EventKind,
        *,
        at_unix_ms: int,
        by: str | None = None,
        to: str | None = None,
        role: m.Role | None = None,
        cause: m.StopCause | None = None,
        limit: m.Limit | None = None,
        detail: str = "",
        gesture: str | None = None,
        ended: m.GestureEnd | None = None,
    ) -> None:
        """Add a line to everybody's event list."""
        self._event_seq += 1
        event = m.Event(
            source=self._epoch,
            seq=self._event_seq,
            at_unix_ms=at_unix_ms,
            kind=kind,
            by=by,
            to=to,
            role=role,
            cause=cause,
            limit=limit,
            detail=detail,
            gesture=gesture,
            ended=ended,
        )
        self.say(None, m.Lane.EVENT, event)

    def say(self, to: str | None, lane: m.Lane, message: m.Message) -> None:
        """Say `message` to one peer, or to everybody."""
        self._outgoing.append(Outgoing(to, lane, encode(message)))
        if len(self._outgoing) > MESSAGES_KEPT:
            oldest = next((i for i, each in enumerate(self._outgoing) if each.lane is m.Lane.STATE), 0)
            del self._outgoing[oldest]
