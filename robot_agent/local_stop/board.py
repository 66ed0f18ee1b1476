"""What the hall's STOP page shows: the newest words of the motion process, with the names that the agent has heard."""

import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from robot_agent.local_stop.words import Hall
from teleop_core.errors import WireError
from teleop_core.timebase import NS_PER_MS
from teleop_core.wire.codec import decode_to_person
from teleop_core.wire.messages import Limit, Peer, RobotProfile, RobotState, Status, StopLevel, Telemetry

HALL_NAME: Final = "hall"  # of whoever stops from the page itself, with a number: it knows no names
T = TypeVar("T")

_ORDINARY: Final = StopLevel.SETTLE
_STANDING: Final = {RobotState.STOPPED, RobotState.READY, RobotState.BOOT}


class Board:
    """Keeps the newest telemetry and status as they came, and reads them when somebody looks.

    Names outlast a bridge that goes away. `clock` is CLOCK_MONOTONIC in nanoseconds.
    """

    def __init__(self, *, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._status: bytes | None = None
        self._telemetry: bytes | None = None
        self._heard_ns: int | None = None
        self._names: dict[str, str] = {}
        self.levels: tuple[StopLevel, ...] = ()  # the stops above an ordinary one that the robot has, mildest first

    def hear_profile(self, profile: RobotProfile) -> None:
        """Learn how the robot can be stopped."""
        self.levels = tuple(level for level in StopLevel if level in profile.stop_levels and level is not _ORDINARY)

    def hear_status(self, body: bytes) -> None:
        """Keep a status of the motion process."""
        self._status = body
        self._heard_ns = self._clock()

    def motion_died(self, status: bytes) -> None:
        """Keep what the agent says in the motion process's place; it makes nothing younger."""
        self._status, self._telemetry = status, None

    def hear_telemetry(self, body: bytes) -> None:
        """Keep a telemetry of the motion process."""
        self._telemetry = body
        self._heard_ns = self._clock()

    def hear_roster(self, peers: Sequence[Peer]) -> None:
        """Learn names."""
        self._names = {peer.id: peer.name for peer in peers}

    @property
    def driver(self) -> str | None:
        """Who has the lease, as the motion process last said."""
        status = _read(self._status, Status)
        return None if status is None else status.driver

    @property
    def muted(self) -> frozenset[str]:
        """Whom staff do not let be heard."""
        status = _read(self._status, Status)
        return frozenset() if status is None else frozenset(status.muted)

    def is_muted(self, peer: str) -> bool:
        """Return whether staff have the robot not hear `peer`, as far as the motion process last said."""
        status = _read(self._status, Status)
        return status is not None and peer in status.muted

    def hall(self, *, bridge_up: bool, asked: int = 0) -> Hall:
        """Return what the page shows now, `asked` being how many stops above an ordinary one were asked for."""
        status, telemetry = _read(self._status, Status), _read(self._telemetry, Telemetry)
        state = RobotState.BOOT if status is None else status.state
        limit, speed_mps = Limit.NONE, 0.0
        if telemetry is not None and (status is None or telemetry.epoch == status.epoch):
            state, limit = telemetry.state, telemetry.limit
            twist = telemetry.measured or telemetry.applied
            speed_mps = round((twist.vx_mps**2 + twist.vy_mps**2) ** 0.5, 3)
        driver = None if status is None or state in _STANDING else status.driver
        latch = None if status is None else status.latch
        return Hall(
            state=state,
            limit=limit,
            driver=self._name(driver),
            latch=latch,
            stopped_by=self._name(None if latch is None else latch.by),
            speed_mps=speed_mps,
            age_ms=None if self._heard_ns is None else (self._clock() - self._heard_ns) // NS_PER_MS,
            bridge_up=bridge_up,
            levels=self.levels,
            asked=asked,
        )

    def _name(self, peer: str | None) -> str | None:
        return None if peer is None else self._names.get(peer, peer)


def _read(body: bytes | None, kind: type[T]) -> T | None:
    if body is None:
        return None
    try:
        message = decode_to_person(body)
    except WireError:
        return None
    return message if isinstance(message, kind) else None
