"""What the wheels are told, 50 times a second, and what limits it. Always finite, always inside the caps.

The speed follows the loop delay: v is at most what keeps ``v * (delay + reaction) + v**2 / (2 * decel)`` inside the
clear distance, so a slow link is slow driving. Staff's cap and the edges of the stage limit it as well, and the least
of all counts. Without a fresh command that knows the robot and the stage, the robot ramps to zero. No input, and no
missing input, can raise the speed.

Speeding up begins and ends gently (the jerk limit); slowing down has a jerk limit of its own, as brisk as the body
bears, and ends at full strength.
"""

import math
from dataclasses import dataclass
from typing import Final

from teleop_core.edges import EdgeRules, edge_speed_mps, stopping_speed_mps
from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.timebase import NS_PER_S, ms, to_seconds
from teleop_core.timing import Timing
from teleop_core.wire.messages import Limit

_LONGEST_STEP_NS: Final = NS_PER_S // 10
_NOTHING: Final = 1e-9  # m/s and rad/s: a rest that no wheel would notice
_MORE_THAN_ZERO: Final = (
    "accel_mps2",
    "accel_radps2",
    "jerk_mps3",
    "jerk_radps3",
    "brake_jerk_mps3",
    "brake_jerk_radps3",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How fast this robot may go here. Magnitudes in SI, all finite and not negative.

    The braking jerk costs ``accel / (2 * brake_jerk)`` seconds before the brakes bite; the speed law counts them in.
    """

    max_speed_mps: float = 0.6
    max_turn_radps: float = 0.8
    accel_mps2: float = 1.0
    accel_radps2: float = 2.0
    jerk_mps3: float = 8.0
    jerk_radps3: float = 16.0
    brake_jerk_mps3: float = 50.0  # all of the braking within one tick of 20 ms
    brake_jerk_radps3: float = 100.0
    clear_distance_m: float = 0.4  # free way that may be used up before the robot stands
    edges: EdgeRules | None = None

    def __post_init__(self) -> None:
        """Refuse what is not a limit."""
        for name in ("max_speed_mps", "max_turn_radps", "clear_distance_m", *_MORE_THAN_ZERO):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise ValueError(f"{name}: expected a finite number that is not negative, got {value!r}")
        for name in _MORE_THAN_ZERO:
            if getattr(self, name) == 0.0:
                raise ValueError(f"{name}: expected more than zero, or the robot could never stop")

    @property
    def brakes_bite_s(self) -> float:
        """How much later than at once the brakes bite, on the whole, as their own jerk limit has it."""
        return self.accel_mps2 / (2.0 * self.brake_jerk_mps3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A command in force: what the hand asks, and how old its sender's knowledge is by now.

    `picture_age_ns` is None when the sender saw no picture, or one that the robot does not remember.
    """

    twist: Twist
    dead_man: bool
    command_age_ns: int
    echo_age_ns: int
    picture_age_ns: int | None
    saw_picture: bool
    toward: Pose2D | None = None  # where to the robot steers itself, no faster than `twist`


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where the robot stands, as it says itself, and what staff allow there."""

    pose: Pose2D | None = None
    pose_age_ns: int = 0
    speed_cap_mps: float | None = None


NO_GROUND: Final = Ground()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """One tick: what the driver is told, what limits it, and how fast it might have gone in that direction."""

    twist: Twist
    limit: Limit
    allowed_mps: float


def safe_speed_mps(limits: Limits, *, delay_s: float) -> float:
    """Return the speed from which the robot still stands within the clear distance, `delay_s` being loop + reaction."""
    delay_s += limits.brakes_bite_s
    return stopping_speed_mps(limits.clear_distance_m, decel_mps2=limits.accel_mps2, delay_s=delay_s)


def hold_reason(wish: Wish | None, *, timing: Timing) -> Limit | None:
    """Return why this wish must not move the robot at all, None when it may."""
    if wish is None or wish.command_age_ns >= timing.command_life_ns:
        return Limit.SILENCE
    if wish.echo_age_ns >= timing.echo_hold_ns:
        return Limit.ECHO_AGE
    if not wish.saw_picture:
        return Limit.NO_PICTURE
    if wish.picture_age_ns is None or wish.picture_age_ns >= timing.picture_hold_ns:
        return Limit.PICTURE_AGE
    return None


class Governor:
    """Turns a wish, or the lack of one, into the next velocity; remembers the last one and how it was changing."""

    def __init__(self, *, limits: Limits, timing: Timing) -> None:
        self._limits = limits
        self._timing = timing
        self._applied = STILL
        self._change = STILL  # m/s^2 and rad/s^2, of the last tick
        self._last_ns: int | None = None

    @property
    def applied(self) -> Twist:
        """What the driver was told last."""
        return self._applied

    def limit_to(self, limits: Limits) -> None:
        """Have other limits in force from now on."""
        self._limits = limits

    def ramp_to_zero(self, *, now_ns: int) -> Twist:
        """Slow down for one tick."""
        return self._slew(STILL, now_ns=now_ns)[0]

    def follow(self, wish: Wish, *, ground: Ground = NO_GROUND, now_ns: int) -> Applied:
        """Move one tick towards what a wish without a hold reason asks."""
        if not wish.twist.is_finite:
            return Applied(twist=self.ramp_to_zero(now_ns=now_ns), limit=Limit.CAP, allowed_mps=0.0)
        capped_by, cap = self._cap(wish, ground)
        fastest = self._limits.max_speed_mps
        turn_cap = self._limits.max_turn_radps * (cap / fastest if fastest else 0)
        capped = _clamp(wish.twist, cap, turn_cap)
        edge = self._edge_speed_mps(capped, ground)
        limit, allowed = (Limit.EDGE, edge) if edge < cap else (capped_by, cap)
        if self._edge_speed_mps(self._applied, ground) < self._applied.speed_mps:
            limit, allowed = Limit.EDGE, 0.0  # it is going where it may not, whatever is wished: brake straight
        target = _clamp(capped, allowed, turn_cap)
        twist, slewed = self._slew(target, now_ns=now_ns)
        if target == wish.twist:
            limit = Limit.SLEW if slewed else Limit.NONE
        elif target == capped:
            limit = capped_by
        return Applied(twist=twist, limit=limit, allowed_mps=allowed)

    def _cap(self, wish: Wish, ground: Ground) -> tuple[Limit, float]:
        """Return what caps the speed in every direction, and to what: the least of profile, staff and loop delay."""
        delay_s = to_seconds((wish.picture_age_ns or 0) + self._timing.reaction_ns)
        cap, capped_by = self._limits.max_speed_mps, Limit.CAP
        if ground.speed_cap_mps is not None and ground.speed_cap_mps < cap:
            cap, capped_by = ground.speed_cap_mps, Limit.STAFF_CAP
        by_delay = safe_speed_mps(self._limits, delay_s=delay_s)
        return (Limit.LOOP_DELAY, by_delay) if by_delay < cap else (capped_by, cap)

    def _edge_speed_mps(self, twist: Twist, ground: Ground) -> float:
        """Return how fast the edges of the stage let it go in the direction of `twist`; turning alone goes nowhere."""
        edges = self._limits.edges
        if edges is None or twist.speed_mps == 0.0:
            return math.inf
        if ground.pose is None:
            return 0.0
        delay_s = to_seconds(self._timing.reaction_ns + ground.pose_age_ns) + self._limits.brakes_bite_s
        return edge_speed_mps(edges, ground.pose, twist, decel_mps2=self._limits.accel_mps2, delay_s=delay_s)

    def _slew(self, target: Twist, *, now_ns: int) -> tuple[Twist, bool]:
        """Move `applied` towards `target` as far as acceleration and jerk allow; a late tick never speeds up more."""
        elapsed_ns = 0 if self._last_ns is None else max(0, now_ns - self._last_ns)
        self._last_ns = now_ns
        if elapsed_ns >= ms(self._timing.driver_ttl_ms):
            self._applied = self._change = STILL  # the driver's own time limit has stopped the robot
        down_s = to_seconds(min(elapsed_ns, _LONGEST_STEP_NS))
        up_s = to_seconds(min(elapsed_ns, self._timing.tick_ns))
        now, was, limits = self._applied, self._change, self._limits
        dx, dy, dw = target.vx_mps - now.vx_mps, target.vy_mps - now.vy_mps, target.wz_radps - now.wz_radps
        way, turn = math.hypot(dx, dy), abs(dw)
        speeds_up, turns_up = target.speed_mps > now.speed_mps, abs(target.wz_radps) > abs(now.wz_radps)
        step_s, turn_s = up_s if speeds_up else down_s, up_s if turns_up else down_s
        brakes, brakes_turn = now.vx_mps * dx + now.vy_mps * dy < 0.0, now.wz_radps * dw < 0.0
        reach = step_s * _rate(
            way,
            was=was.vx_mps * dx + was.vy_mps * dy,
            accel=limits.accel_mps2,
            rise=step_s * (limits.brake_jerk_mps3 if brakes else limits.jerk_mps3),
            fall=step_s * limits.jerk_mps3 if speeds_up else None,
            step_s=step_s,
        )
        turn_reach = turn_s * _rate(
            turn,
            was=was.wz_radps * dw,
            accel=limits.accel_radps2,
            rise=turn_s * (limits.brake_jerk_radps3 if brakes_turn else limits.jerk_radps3),
            fall=turn_s * limits.jerk_radps3 if turns_up else None,
            step_s=turn_s,
        )
        share = 1.0 if way <= reach + _NOTHING else reach / way
        turn_share = 1.0 if turn <= turn_reach + _NOTHING else turn_reach / turn
        if share == turn_share == 1.0:
            self._applied = target
        else:
            self._applied = Twist(now.vx_mps + dx * share, now.vy_mps + dy * share, now.wz_radps + dw * turn_share)
        self._change = Twist(
            dx * share / step_s if step_s else 0.0,
            dy * share / step_s if step_s else 0.0,
            dw * turn_share / turn_s if turn_s else 0.0,
        )
        return self._applied, self._applied != target


def _rate(way: float, *, was: float, accel: float, rise: float, fall: float | None, step_s: float) -> float:
    """Return how fast to change towards what is `way` off: from the rate of the last tick on, by at most `rise` more.

    `was` is that rate, times `way`, in this direction. With `fall`, the rate from which it can also end, falling by so
    much a tick: the positive root of ``rate**2 + fall * rate = 2 * way * fall / step_s``.
    """
    rate = min(accel, (max(0.0, was) / way if way else 0.0) + rise)
    if fall is None or step_s == 0.0:
        return rate
    return min(rate, math.sqrt(fall * fall / 4.0 + 2.0 * way * fall / step_s) - fall / 2.0)


def _clamp(twist: Twist, max_speed_mps: float, max_turn_radps: float) -> Twist:
    """Return `twist` within the caps, its direction kept."""
    speed = twist.speed_mps
    scale = 1.0 if speed <= max_speed_mps else max_speed_mps / speed
    turn = max(-max_turn_radps, min(max_turn_radps, twist.wz_radps))
    return Twist(twist.vx_mps * scale, twist.vy_mps * scale, turn)
