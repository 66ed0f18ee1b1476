"""The edges of the stage: how fast the robot may go where it is and whither it goes, so that it stands before it falls.

The robot guards them itself, on its own odometry, so the link's delay does not matter here. Towards each edge it keeps
``v * delay + v**2 / (2 * decel)`` inside the way that is left in that direction, `delay` being the age of its pose and
its reaction; near any edge it goes slowly; and outside, where only a push or a slip can bring it, it may come back in
and nothing else.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from teleop_core.geometry import Pose2D, Twist

Point = tuple[float, float]

FEWEST_CORNERS: Final = 3
MOST_CORNERS: Final = 64
STEEPEST_WAY_IN: Final = math.cos(math.radians(60.0))


@dataclass(frozen=True, slots=True)
class StageArea:
    """Where the robot's centre may be: a simple polygon in the stage frame, metres, either way round.

    Draw it inside the real edge by the robot's own radius and by as much as its odometry may drift in a show.

    Raises:
        ValueError: it is no polygon: too few or too many corners, no finite numbers, no area, or it crosses itself.

    """

    corners: tuple[Point, ...]

    def __post_init__(self) -> None:
        """Refuse what is not a polygon."""
        if not FEWEST_CORNERS <= len(self.corners) <= MOST_CORNERS:
            raise ValueError(f"expected {FEWEST_CORNERS} to {MOST_CORNERS} corners, got {len(self.corners)}")
        if not all(math.isfinite(x_m) and math.isfinite(y_m) for x_m, y_m in self.corners):
            raise ValueError(f"expected corners of finite metres, got {self.corners}")
        if _area_m2(self.corners) == 0.0:
            raise ValueError(f"expected corners around an area, got {self.corners}")
        crossing = _crossing(self.corners)
        if crossing is not None:
            raise ValueError(f"expected sides that do not cross, got sides {crossing[0] + 1} and {crossing[1] + 1}")

    def contains(self, x_m: float, y_m: float) -> bool:
        """Return whether the point lies inside; the border may count as either."""
        inside = False
        for (ax, ay), (bx, by) in self.sides():
            if (ay > y_m) != (by > y_m) and x_m < ax + (y_m - ay) / (by - ay) * (bx - ax):
                inside = not inside
        return inside

    def sides(self) -> Iterator[tuple[Point, Point]]:
        """Yield each side by its two corners."""
        return zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True)

    def ways_out(self, x_m: float, y_m: float) -> list[Point]:
        """Return for each side the vector from the point to the nearest point of that side, in metres."""
        return [_to_segment(x_m, y_m, a, b) for a, b in self.sides()]


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeRules:
    """How carefully edges are approached. Magnitudes in SI."""

    area: StageArea
    near_m: float = 0.5  # closer than this to an edge counts as near
    near_speed_mps: float = 0.3
    return_speed_mps: float = 0.15  # from outside, back in
    margin_m: float = 0.05  # what stays free when it stands


def is_outside(rules: EdgeRules, pose: Pose2D) -> bool:
    """Return whether the robot is outside."""
    return not rules.area.contains(pose.x_m, pose.y_m)


def edge_speed_mps(rules: EdgeRules, pose: Pose2D, twist: Twist, *, decel_mps2: float, delay_s: float) -> float:
    """Return how fast the robot may go from `pose` in the direction of `twist`; infinite far from all edges.

    A robot that turns may soon go elsewhere: as far as it can turn until it would stand, it counts as going there.
    """
    course_rad = pose.heading_rad + math.atan2(twist.vy_mps, twist.vx_mps)
    ways = rules.area.ways_out(pose.x_m, pose.y_m)
    if is_outside(rules, pose):
        dx, dy = min(ways, key=lambda way: math.hypot(*way))
        towards = math.cos(course_rad) * dx + math.sin(course_rad) * dy
        return rules.return_speed_mps if towards > STEEPEST_WAY_IN * math.hypot(dx, dy) else 0.0
    swing_rad = abs(twist.wz_radps) * (delay_s + twist.speed_mps / decel_mps2)
    allowed = math.inf
    for dx, dy in ways:
        way_m = math.hypot(dx, dy)
        if way_m < rules.near_m:
            allowed = min(allowed, rules.near_speed_mps)
        off_rad = abs(math.remainder(course_rad - math.atan2(dy, dx), math.tau))
        towards = math.cos(max(0.0, off_rad - swing_rad))
        if towards > 0.0:
            clear_m = max(0.0, way_m - rules.margin_m) / towards
            allowed = min(allowed, stopping_speed_mps(clear_m, decel_mps2=decel_mps2, delay_s=delay_s))
    return allowed


def stopping_speed_mps(clear_m: float, *, decel_mps2: float, delay_s: float) -> float:
    """Return the speed from which the robot still stands within `clear_m`, braking after `delay_s`.

    The positive root of ``v**2 / (2 * decel) + v * delay - clear = 0``.
    """
    return decel_mps2 * (math.sqrt(delay_s * delay_s + 2.0 * clear_m / decel_mps2) - delay_s)


def _to_segment(x_m: float, y_m: float, a: Point, b: Point) -> Point:
    """Return the vector from the point to the nearest point between `a` and `b`."""
    ax, ay, bx, by = *a, *b
    length2 = (bx - ax) ** 2 + (by - ay) ** 2
    along = 0.0 if length2 == 0.0 else ((x_m - ax) * (bx - ax) + (y_m - ay) * (by - ay)) / length2
    share = min(1.0, max(0.0, along))
    return ax + share * (bx - ax) - x_m, ay + share * (by - ay) - y_m


def _area_m2(corners: Sequence[Point]) -> float:
    pairs = zip(corners, (*corners[1:], corners[0]), strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2.0


def _crossing(corners: Sequence[Point]) -> tuple[int, int] | None:
    """Return two sides that cross, by their number from 0."""
    sides = list(zip(corners, (*corners[1:], corners[0]), strict=True))
    for i, (a, b) in enumerate(sides):
        for j in range(i + 2, len(sides)):
            if i == 0 and j == len(sides) - 1:
                continue  # neighbours
            c, d = sides[j]
            if _turn(a, b, c) * _turn(a, b, d) < 0.0 and _turn(c, d, a) * _turn(c, d, b) < 0.0:
                return i, j
    return None


def _turn(a: Point, b: Point, c: Point) -> float:
    """Return twice the signed area of the triangle: positive when `c` lies to the left of a -> b."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
