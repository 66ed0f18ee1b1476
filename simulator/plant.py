"""The robot's body: a wheeled base that obeys time-limited velocities, with its own ramp, and its odometry and battery.

Pure: time comes in as stage nanoseconds. What a real base has in firmware (ttl, limits, hardware stop) is in here, so
that nothing above can make it do more.
"""

import math
import random
from typing import Final, Literal

from simulator.performer import REPERTOIRE
from teleop_core.bearing import LookRange
from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.ports import Capabilities
from teleop_core.wire.messages import StopLevel

BRAKE_MPS2: Final = 4.0  # with the power cut
RUNAWAY: Final = Twist(0.3)
TIPPED_RAD: Final = 0.6
_STRAIGHT_RAD: Final = 1e-9  # below it the series of sine and cosine are exact
_SCRUB_MPS2: Final = 3.0  # how fast the floor takes away what a push gave
_SLIP_SIGMA: Final = 0.004  # share of the way that the wheels lose or gain
_SLIP_MEMORY_S: Final = 0.5
_DRIFT_RADPM: Final = 0.004  # heading lost for each metre, one sigma
_IDLE_PER_S: Final = 1.0 / (4 * 3600)
_DRIVE_PER_M: Final = 1.0 / 6000
_SAG: Final = 0.04  # how far the reading dips under full load
_SAG_MEMORY_S: Final = 0.4

BaseKind = Literal["differential", "holonomic"]

BASES: Final[dict[BaseKind, Capabilities]] = {
    "differential": Capabilities(
        model="simulated differential base",
        max_vx_mps=0.8,
        max_vy_mps=0.0,
        max_wz_radps=1.2,
        max_accel_mps2=1.5,
        max_accel_radps2=4.0,
        native_time_limit=True,
        stop_levels=(StopLevel.SETTLE, StopLevel.CUT),
        gestures=REPERTOIRE,
        look=LookRange(pan_rad=1.0),
        co_speech=True,
    ),
    "holonomic": Capabilities(
        model="simulated holonomic base",
        max_vx_mps=0.8,
        max_vy_mps=0.5,
        max_wz_radps=1.2,
        max_accel_mps2=1.5,
        max_accel_radps2=4.0,
        native_time_limit=True,
        stop_levels=(StopLevel.SETTLE, StopLevel.CUT),
        gestures=REPERTOIRE,
        look=LookRange(pan_rad=1.0),
        co_speech=True,
    ),
}


def advance(pose: Pose2D, twist: Twist, *, dt_s: float) -> Pose2D:
    """Return where a body at `pose` is after `dt_s` of constant `twist`: the exact arc, not its tangent."""
    turn = twist.wz_radps * dt_s
    along, across = 1.0, turn / 2.0
    if abs(turn) > _STRAIGHT_RAD:
        along, across = math.sin(turn) / turn, (1.0 - math.cos(turn)) / turn
    dx = (along * twist.vx_mps - across * twist.vy_mps) * dt_s
    dy = (across * twist.vx_mps + along * twist.vy_mps) * dt_s
    cos, sin = math.cos(pose.heading_rad), math.sin(pose.heading_rad)
    heading = math.remainder(pose.heading_rad + turn, math.tau)
    return Pose2D(pose.x_m + cos * dx - sin * dy, pose.y_m + sin * dx + cos * dy, heading)


def clamp(twist: Twist, limits: Capabilities) -> Twist:
    """Return `twist` with each part inside what the base can do."""
    return Twist(
        max(-limits.max_vx_mps, min(limits.max_vx_mps, twist.vx_mps)),
        max(-limits.max_vy_mps, min(limits.max_vy_mps, twist.vy_mps)),
        max(-limits.max_wz_radps, min(limits.max_wz_radps, twist.wz_radps)),
    )


def slew(twist: Twist, target: Twist, *, linear: float, angular: float) -> Twist:
    """Return `twist` moved toward `target` by at most `linear` m/s (as a vector) and `angular` rad/s."""
    dx, dy = target.vx_mps - twist.vx_mps, target.vy_mps - twist.vy_mps
    far = math.hypot(dx, dy)
    share = 1.0 if far <= linear else linear / far
    turn = max(-angular, min(angular, target.wz_radps - twist.wz_radps))
    if share >= 1.0 and twist.wz_radps + turn == target.wz_radps:
        return target
    return Twist(twist.vx_mps + dx * share, twist.vy_mps + dy * share, twist.wz_radps + turn)


class Plant:
    """The base. Truth (`pose`, `twist`) and belief (`odometry`) drift apart slowly, by the seed."""

    def __init__(self, limits: Capabilities, *, seed: int) -> None:
        self.limits = limits
        self.pose = Pose2D()
        self.twist = STILL
        self.odometry = Pose2D()
        self.charge = 1.0
        self.dead_motor = False
        self.is_tipped = False
        self.is_stuck = False
        self.runs_away = False
        self.stop_pressed = False
        self._chance = random.Random(f"{seed}/plant")
        self._scale = 1.0 + self._chance.gauss(0.0, 0.003)  # the wheels are not quite as large as believed
        self._target = STILL
        self._until_ns = 0
        self._cut = False
        self._slip = 0.0
        self._load = 0.0
        self._shove_x_mps = 0.0
        self._shove_y_mps = 0.0

    @property
    def battery(self) -> float:
        """What the gauge shows, 0..1: the charge, less the sag under load."""
        return max(0.0, self.charge - _SAG * self._load)

    @property
    def tilt_rad(self) -> float:
        """How far from upright the base feels to be."""
        return TIPPED_RAD if self.is_tipped else 0.0

    @property
    def is_still(self) -> bool:
        """Whether nothing moves, neither by wheel nor by push."""
        return self.twist == STILL and self._shove_x_mps == 0.0 == self._shove_y_mps

    @property
    def speed_mps(self) -> float:
        """The true speed over the floor."""
        cos, sin = math.cos(self.pose.heading_rad), math.sin(self.pose.heading_rad)
        vx = cos * self.twist.vx_mps - sin * self.twist.vy_mps + self._shove_x_mps
        vy = sin * self.twist.vx_mps + cos * self.twist.vy_mps + self._shove_y_mps
        return math.hypot(vx, vy)

    @property
    def target(self) -> Twist:
        """The velocity last asked for, clamped; zero once its time is over."""
        return self._target

    def is_commanded(self, *, now_ns: int) -> bool:
        """Whether a command's time limit still runs, be it to stand."""
        return now_ns < self._until_ns

    def set_velocity(self, twist: Twist, *, ttl_ms: int, now_ns: int) -> None:
        """Aim for `twist` until `ttl_ms` from now. Anything that is not finite stops the base."""
        self._cut = False
        if not twist.is_finite or ttl_ms <= 0:
            self._target = STILL
            return
        self._target = clamp(twist, self.limits)
        self._until_ns = now_ns + ttl_ms * 1_000_000

    def halt(self, level: StopLevel) -> None:
        """Stop now: by the ramp, or with the brakes when the power is cut; only a velocity brings it back."""
        self._target = STILL
        self._cut = self._cut or level is StopLevel.CUT

    def shove(self, vx_mps: float, vy_mps: float) -> None:
        """Give the body a velocity that its wheels did not make, in the stage frame."""
        self._shove_x_mps += vx_mps
        self._shove_y_mps += vy_mps

    def put(self, pose: Pose2D) -> None:
        """Carry the robot to `pose`, at rest; its odometry is set to the place."""
        self.freeze()
        self.pose = self.odometry = pose

    def freeze(self) -> None:
        """Take all motion and every command away at once, as the ground does."""
        self.block()
        self._target = self.twist = STILL

    def block(self) -> None:
        """Take the linear motion away, as an obstacle does; the base may still turn, and try again."""
        self.twist = Twist(0.0, 0.0, self.twist.wz_radps)
        self._shove_x_mps = self._shove_y_mps = 0.0

    def step(self, *, now_ns: int, dt_s: float) -> None:
        """Advance by `dt_s` from `now_ns`, over a floor without end: what stands in the way is the stage's matter."""
        if now_ns >= self._until_ns:
            self._target = STILL
        is_powered = not (self._cut or self.stop_pressed or self.dead_motor or self.charge <= 0.0)
        wanted = RUNAWAY if self.runs_away else self._target
        target = wanted if is_powered and not (self.is_tipped or self.is_stuck) else STILL
        accel = BRAKE_MPS2 if self._cut or self.stop_pressed else self.limits.max_accel_mps2
        before = self.twist
        self.twist = slew(before, target, linear=accel * dt_s, angular=self.limits.max_accel_radps2 * dt_s)
        self._spend(before, dt_s=dt_s)
        if not self.is_still:
            self._roll(dt_s=dt_s)

    def _roll(self, *, dt_s: float) -> None:
        keep = math.exp(-dt_s / _SLIP_MEMORY_S)
        self._slip = self._slip * keep + self._chance.gauss(0.0, _SLIP_SIGMA) * math.sqrt(1.0 - keep * keep)
        way_m = self.twist.speed_mps * dt_s
        drift = self._chance.gauss(0.0, _DRIFT_RADPM) * math.sqrt(way_m)
        grip = 1.0 + self._slip
        rolled = Twist(self.twist.vx_mps * grip, self.twist.vy_mps * grip, self.twist.wz_radps * grip + drift / dt_s)
        pose = advance(self.pose, rolled, dt_s=dt_s)
        self.pose = Pose2D(pose.x_m + self._shove_x_mps * dt_s, pose.y_m + self._shove_y_mps * dt_s, pose.heading_rad)
        believed = Twist(self.twist.vx_mps * self._scale, self.twist.vy_mps * self._scale, self.twist.wz_radps)
        self.odometry = advance(self.odometry, believed, dt_s=dt_s)
        self._scrub(dt_s=dt_s)

    def _scrub(self, *, dt_s: float) -> None:
        shove = math.hypot(self._shove_x_mps, self._shove_y_mps)
        keep = max(0.0, 1.0 - _SCRUB_MPS2 * dt_s / shove) if shove > 0.0 else 0.0
        self._shove_x_mps *= keep
        self._shove_y_mps *= keep

    def _spend(self, before: Twist, *, dt_s: float) -> None:
        push = abs(self.twist.speed_mps - before.speed_mps) / (self.limits.max_accel_mps2 * dt_s)
        load = min(1.0, 0.4 * self.twist.speed_mps / self.limits.max_vx_mps + 0.6 * push)
        self._load += (load - self._load) * min(1.0, dt_s / _SAG_MEMORY_S)
        self.charge = max(0.0, self.charge - _IDLE_PER_S * dt_s - _DRIVE_PER_M * self.twist.speed_mps * dt_s)
