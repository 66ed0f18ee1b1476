"""Planar motion in REP-103 axes and SI units: x forward, y left, z up; metres, radians, seconds.

Source: REP-103, Standard Units of Measure and Coordinate Conventions.
"""

import math
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Twist:
    """A velocity in the robot's own frame.

    `vx_mps` is forward, `vy_mps` to the left, `wz_radps` counter-clockwise seen from above.
    """

    vx_mps: float = 0.0
    vy_mps: float = 0.0
    wz_radps: float = 0.0

    @property
    def speed_mps(self) -> float:
        """The magnitude of the linear part, in m/s."""
        return math.hypot(self.vx_mps, self.vy_mps)

    @property
    def is_finite(self) -> bool:
        """Whether all three parts are finite numbers."""
        return math.isfinite(self.vx_mps) and math.isfinite(self.vy_mps) and math.isfinite(self.wz_radps)

    def is_still(self, *, within_mps: float = 0.0, within_radps: float = 0.0) -> bool:
        """Return whether the motion is no faster than the bounds given (both default to exactly zero)."""
        return self.speed_mps <= within_mps and abs(self.wz_radps) <= within_radps


@dataclass(frozen=True, slots=True)
class Pose2D:
    """A place on the stage floor, in the stage frame: origin at the start mark, heading 0 along +x."""

    x_m: float = 0.0
    y_m: float = 0.0
    heading_rad: float = 0.0

    def distance_to(self, other: "Pose2D") -> float:
        """Return the straight-line distance to `other`, in metres."""
        return math.hypot(other.x_m - self.x_m, other.y_m - self.y_m)


STILL: Final = Twist()
