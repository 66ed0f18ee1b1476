"""From accepted drive commands to velocities: freshness, the hand, and the governor, for whoever has the lease.

Knows nothing of leases, STOP or messages other than `Drive`; the session asks it to hold for those reasons.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from teleop_core.arming import Arming
from teleop_core.freshness import BeaconLog, PictureLog
from teleop_core.geometry import Pose2D, Twist
from teleop_core.governor import NO_GROUND, Governor, Ground, Limits, Wish, hold_reason
from teleop_core.marks import way_to
from teleop_core.race import Race
from teleop_core.timing import Timing
from teleop_core.wire.messages import Drive, Limit, Refusal, Road, RoadRace

NEEDS_REARM: Final = frozenset(
    {
        Limit.STOPPED,
        Limit.DRIVER_FAULT,
        Limit.NO_STAFF,
        Limit.POSE_UNKNOWN,
        Limit.GESTURE,
        Limit.NO_LEASE,
        Limit.HANDOVER,
        Limit.SILENCE,
        Limit.ECHO_AGE,
        Limit.PICTURE_AGE,
        Limit.NO_PICTURE,
    }
)
"""What takes the dead-man's power until the hand has been off again.

An agent that stalls for a moment (100 ms) ramps the robot down, and takes the power only together with one of these: by
then the command has lived its life, or what its sender knew is too old.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One tick of motion. `tripped` tells that it took the power from a hand that had it."""

    twist: Twist
    limit: Limit
    allowed_mps: float
    tripped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    twist: Twist
    dead_man: bool
    received_ns: int
    beacon: int
    picture: int | None
    toward: Pose2D | None


class Driving:
    """The motion of one robot under one lease after another."""

    def __init__(self, *, limits: Limits, timing: Timing) -> None:
        self._timing = timing
        self._limits = limits
        self._arming = Arming(timing=timing)
        self._governor = Governor(limits=limits, timing=timing)
        self._beacons = BeaconLog()
        self._pictures = PictureLog()
        self._command: _Command | None = None
        self._last_seq: dict[Road, int] = {}
        self._stale_ns: int | None = None
        self._won: Counter[str] = Counter()
        self._race = Race()

    @property
    def won(self) -> Mapping[str, int]:
        """How many commands each road brought first, since start."""
        return self._won

    def race(self, *, now_ns: int) -> tuple[RoadRace, ...]:
        """Return how the roads fared with the latest commands of the present driver."""
        return self._race.standings(now_ns=now_ns)

    @property
    def applied(self) -> Twist:
        """What the driver was told last."""
        return self._governor.applied

    @property
    def hand_is_on(self) -> bool:
        """Whether the newest command of whoever drives says that the dead-man is held, however old it is."""
        return self._command is not None and self._command.dead_man

    def beacon_left(self, tick: int, *, now_ns: int) -> None:
        """Note that beacon `tick` leaves now."""
        self._beacons.left(tick, now_ns=now_ns)

    def beacon_age_ns(self, tick: int, *, now_ns: int) -> int | None:
        """Return how long ago beacon `tick` left, None when it never did or is forgotten."""
        return self._beacons.age_ns(tick, now_ns=now_ns)

    def picture_captured(self, rtp_time: int, *, captured_ns: int) -> None:
        """Note when the picture that bears `rtp_time` was captured."""
        self._pictures.captured(rtp_time, captured_ns=captured_ns)

    def limit_to(self, limits: Limits) -> None:
        """Have other limits in force from now on; what moves goes on from the velocity that it has."""
        self._limits = limits
        self._governor.limit_to(limits)

    def begin_lease(self) -> None:
        """Forget the last driver: numbers start anew, and the hand must be seen off first."""
        self._last_seq.clear()
        self._race.begin()
        self.drop()

    def drop(self) -> None:
        """Forget the command in force, and ask for neutral again."""
        self._command = None
        self._stale_ns = None
        self._arming.disarm()

    def accept(self, drive: Drive, *, road: Road, now_ns: int) -> Refusal | None:
        """Take a command of the holder; return why not, None when it counts or came before over the other road."""
        if drive.seq <= self._last_seq.get(road, -1):
            return Refusal.REPLAYED
        newest = max(self._last_seq.values(), default=-1)
        self._last_seq[road] = drive.seq
        if drive.seq <= newest:
            self._race.followed(drive.seq, road, now_ns=now_ns)
            return None
        echo_age_ns = self._beacons.age_ns(drive.beacon, now_ns=now_ns)
        if echo_age_ns is None and not self._beacons.is_forgotten(drive.beacon):
            return Refusal.UNKNOWN_BEACON
        if echo_age_ns is None or echo_age_ns >= self._timing.echo_hold_ns:
            self._stale_ns = now_ns
            return Refusal.STALE
        twist = Twist(drive.vx_mps, drive.vy_mps, drive.wz_radps)
        goal = drive.toward
        self._command = _Command(
            twist=twist,
            dead_man=drive.dead_man,
            received_ns=now_ns,
            beacon=drive.beacon,
            picture=drive.picture,
            toward=None if goal is None else Pose2D(goal.x_m, goal.y_m, goal.heading_rad),
        )
        self._arming.saw(twist, dead_man=drive.dead_man, now_ns=now_ns)
        self._won[road.value] += 1
        self._race.won(drive.seq, road, now_ns=now_ns)
        return None

    def wish(self, *, now_ns: int) -> Wish | None:
        """Return the command in force with its ages by now, None when there is none."""
        command = self._command
        if command is None:
            return None
        echo_age_ns = self._beacons.age_ns(command.beacon, now_ns=now_ns)
        return Wish(
            twist=command.twist,
            dead_man=command.dead_man,
            command_age_ns=now_ns - command.received_ns,
            echo_age_ns=self._timing.echo_hold_ns if echo_age_ns is None else echo_age_ns,
            picture_age_ns=None if command.picture is None else self._pictures.age_ns(command.picture, now_ns=now_ns),
            saw_picture=command.picture is not None,
            toward=command.toward,
        )

    def step(self, held_for: Limit | None, *, ground: Ground = NO_GROUND, now_ns: int) -> Step:
        """Move one tick; `held_for` is a reason of the session's to stand still, ahead of all that this room knows."""
        wish = self.wish(now_ns=now_ns)
        reason = held_for or self._hold(wish, now_ns=now_ns)
        if reason is None and wish is not None:
            asked = self._steered(wish, ground.pose)
            if asked is not None:
                done = self._governor.follow(replace(wish, twist=asked), ground=ground, now_ns=now_ns)
                return Step(twist=done.twist, limit=done.limit, allowed_mps=done.allowed_mps, tripped=False)
            reason = Limit.POSE_UNKNOWN
        limit = reason or Limit.SILENCE
        cause = self._hold(wish, now_ns=now_ns) if limit is Limit.AGENT_SILENT else limit
        tripped = self._arming.is_armed and cause in NEEDS_REARM
        if tripped:
            self._arming.disarm()
        twist = self._governor.ramp_to_zero(now_ns=now_ns)
        return Step(twist=twist, limit=limit, allowed_mps=0.0, tripped=tripped)

    def _steered(self, wish: Wish, pose: Pose2D | None) -> Twist | None:
        """Return what the hand wishes, or the way to where it sends the robot; None when that is not known."""
        if wish.toward is None:
            return wish.twist
        if pose is None:
            return None
        limits = self._limits
        return way_to(
            wish.toward,
            pose,
            pace_mps=wish.twist.speed_mps,
            turn_radps=limits.max_turn_radps,
            decel_mps2=limits.accel_mps2 / 2.0,
            decel_radps2=limits.accel_radps2 / 2.0,
        )

    def _hold(self, wish: Wish | None, *, now_ns: int) -> Limit | None:
        if wish is not None and not wish.dead_man and self._arming.is_armed:
            return Limit.DEAD_MAN  # letting go is no fault, however old the rest is by now
        reason = hold_reason(wish, timing=self._timing)
        if reason is Limit.SILENCE and self._was_stale_lately(now_ns=now_ns):
            return Limit.ECHO_AGE
        if reason is not None:
            return reason
        return None if self._arming.is_armed else Limit.NOT_NEUTRAL

    def _was_stale_lately(self, *, now_ns: int) -> bool:
        return self._stale_ns is not None and now_ns - self._stale_ns < 2 * self._timing.command_life_ns
