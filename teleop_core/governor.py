"""What the wheels are told, 50 times a second, and what limits it. Always finite, always inside the caps.

The speed follows the loop delay: v is at most what keeps ``v * (delay + reaction) + v**2 / (2 * decel)`` inside the
clear distance, so a slow link is slow driving. Without a fresh command that knows the robot and the stage, the robot
ramps to zero. No input, and no missing input, can raise the speed.
"""

import math
from dataclasses import dataclass
from typing import Final

from teleop_core.geometry import STILL, Twist
from teleop_core.timebase import NS_PER_S, ms, to_seconds
from teleop_core.timing import Timing
from teleop_core.wire.messages import Limit

_LONGEST_STEP_NS: Final = NS_PER_S // 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How fast this robot may go here. Magnitudes in SI, all finite and not negative."""

    max_speed_mps: float = 0.6
    max_turn_radps: float = 0.8
    accel_mps2: float = 1.0
    accel_radps2: float = 2.0
    clear_distance_m: float = 0.4  # free way that may be used up before the robot stands

    def __post_init__(self) -> None:
        """Refuse what is not a limit."""
        for name in ("max_speed_mps", "max_turn_radps", "accel_mps2", "accel_radps2", "clear_distance_m"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise ValueError(f"{name}: expected a finite number that is not negative, got {value!r}")
        if self.accel_mps2 == 0.0 or self.accel_radps2 == 0.0:
            raise ValueError("accel_mps2 and accel_radps2: expected more than zero, or the robot could never stop")


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


def safe_speed_mps(limits: Limits, *, delay_s: float) -> float:
    """Return the speed from which the robot still stands within the clear distance, `delay_s` being loop + reaction.

    The positive root of ``v**2 / (2 * a) + v * delay - clear = 0``.
    """
    accel = limits.accel_mps2
    return accel * (math.sqrt(delay_s * delay_s + 2.0 * limits.clear_distance_m / accel) - delay_s)


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
    """Turns a wish, or the lack of one, into the next velocity; remembers only the last one."""

    def __init__(self, *, limits: Limits, timing: Timing) -> None:
        self._limits = limits
        self._timing = timing
        self._applied = STILL
        self._last_ns: int | None = None

    @property
    def applied(self) -> Twist:
        """What the driver was told last."""
        return self._applied

    def ramp_to_zero(self, *, now_ns: int) -> Twist:
        """Slow down for one tick."""
        return self._slew(STILL, now_ns=now_ns)[0]

    def follow(self, wish: Wish, *, now_ns: int) -> tuple[Twist, Limit]:
        """Move one tick towards what a wish without a hold reason asks; return the velocity and what limits it."""
        if not wish.twist.is_finite:
            return self.ramp_to_zero(now_ns=now_ns), Limit.CAP
        delay_s = to_seconds((wish.picture_age_ns or 0) + self._timing.reaction_ns)
        by_delay = safe_speed_mps(self._limits, delay_s=delay_s)
        cap = min(self._limits.max_speed_mps, by_delay)
        turn_cap = self._limits.max_turn_radps * (cap / self._limits.max_speed_mps if self._limits.max_speed_mps else 0)
        target = _clamp(wish.twist, cap, turn_cap)
        twist, slewed = self._slew(target, now_ns=now_ns)
        if target != wish.twist:
            return twist, Limit.LOOP_DELAY if by_delay < self._limits.max_speed_mps else Limit.CAP
        return twist, Limit.SLEW if slewed else Limit.NONE

    def _slew(self, target: Twist, *, now_ns: int) -> tuple[Twist, bool]:
        """Move `applied` towards `target` as far as the accelerations allow; a late tick never speeds up more."""
        elapsed_ns = 0 if self._last_ns is None else max(0, now_ns - self._last_ns)
        self._last_ns = now_ns
        down_s = to_seconds(min(elapsed_ns, _LONGEST_STEP_NS))
        up_s = to_seconds(min(elapsed_ns, self._timing.tick_ns))
        if elapsed_ns >= ms(self._timing.driver_ttl_ms):
            self._applied = STILL  # no tick for so long: the driver's own time limit has stopped the robot
        now = self._applied
        linear_s = up_s if target.speed_mps > now.speed_mps else down_s
        turn_s = up_s if abs(target.wz_radps) > abs(now.wz_radps) else down_s
        dx, dy = target.vx_mps - now.vx_mps, target.vy_mps - now.vy_mps
        way, reach = math.hypot(dx, dy), self._limits.accel_mps2 * linear_s
        share = 1.0 if way <= reach else reach / way
        dw, turn_reach = target.wz_radps - now.wz_radps, self._limits.accel_radps2 * turn_s
        turn = dw if abs(dw) <= turn_reach else math.copysign(turn_reach, dw)
        if share == 1.0 and turn == dw:
            self._applied = target
            return target, False
        self._applied = Twist(now.vx_mps + dx * share, now.vy_mps + dy * share, now.wz_radps + turn)
        return self._applied, True


def _clamp(twist: Twist, max_speed_mps: float, max_turn_radps: float) -> Twist:
    """Return `twist` within the caps, its direction kept."""
    speed = twist.speed_mps
    scale = 1.0 if speed <= max_speed_mps else max_speed_mps / speed
    turn = max(-max_turn_radps, min(max_turn_radps, twist.wz_radps))
    return Twist(twist.vx_mps * scale, twist.vy_mps * scale, turn)
