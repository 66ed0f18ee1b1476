"""Where a point of the stage falls in the camera's picture, and back.

The camera looks straight ahead, level, from `EYE_M` above the robot's centre; the horizon is shifted up in the picture,
as a shift lens does, so that verticals stay vertical. Pixels: u right, v down.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.scenery.hall import EYE_M

FIELD_OF_VIEW_RAD: Final = math.radians(82)
HORIZON: Final = 0.40  # share of the height above it
NEAR_M: Final = 0.12

Matrix = NDArray[np.float64]
Plane = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Lens:
    """What does not change: the picture's size, and from it the focal length and the horizon, in pixels."""

    width_px: int
    height_px: int

    @property
    def focal_px(self) -> float:
        return self.width_px / 2 / math.tan(FIELD_OF_VIEW_RAD / 2)

    @property
    def middle_px(self) -> float:
        return (self.width_px - 1) / 2

    @property
    def horizon_px(self) -> float:
        return self.height_px * HORIZON


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels; all sides are multiples of 4, so that coarser planes have the same."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def is_empty(self) -> bool:
        return self.right <= self.left or self.bottom <= self.top

    def of(self, plane: Plane) -> Plane:
        """Return this part of `plane`, not a copy."""
        return plane[self.top : self.bottom, self.left : self.right]

    def shrunk(self, divisor: int) -> "Box":
        """Return the same part of a plane that is `divisor` times smaller each way: 1, 2 or 4."""
        return Box(self.left // divisor, self.top // divisor, self.right // divisor, self.bottom // divisor)


class View:
    """A lens at a place.

    `matrix` (3, 4) takes (x, y, z, 1) of the stage frame to (u*d, v*d, d), where d is the depth in metres.
    """

    def __init__(self, lens: Lens, *, x_m: float, y_m: float, heading_rad: float) -> None:
        self.lens = lens
        self.x_m = x_m
        self.y_m = y_m
        self.heading_rad = heading_rad
        cos, sin = math.cos(heading_rad), math.sin(heading_rad)
        depth = np.array((cos, sin, 0.0, -(cos * x_m + sin * y_m)))
        left = np.array((-sin, cos, 0.0, sin * x_m - cos * y_m))
        up = np.array((0.0, 0.0, 1.0, -EYE_M))
        focal = lens.focal_px
        self.matrix: Matrix = np.stack(
            [lens.middle_px * depth - focal * left, lens.horizon_px * depth - focal * up, depth]
        )

    def depth_of(self, x_m: float, y_m: float) -> float:
        """Return how far in front of the camera a place is, along its axis."""
        return math.cos(self.heading_rad) * (x_m - self.x_m) + math.sin(self.heading_rad) * (y_m - self.y_m)

    def project(self, points: Matrix) -> Matrix:
        """Return (..., 3) homogeneous pixels (u*d, v*d, d) of points (..., 3)."""
        return np.asarray(points @ self.matrix[:, :3].T + self.matrix[:, 3])

    def polygon(self, corners: Matrix) -> Matrix | None:
        """Return (N, 2) pixels of the polygon `corners` (N, 3), cut at the near plane; None when it lies behind."""
        points = self.project(corners)
        kept: list[Matrix] = []
        for one, two in zip(points, np.roll(points, -1, axis=0), strict=True):
            if one[2] >= NEAR_M:
                kept.append(one)
            if (one[2] >= NEAR_M) != (two[2] >= NEAR_M):
                share = (NEAR_M - one[2]) / (two[2] - one[2])
                kept.append(one + share * (two - one))
        if len(kept) < 3:  # noqa: PLR2004 - a polygon
            return None
        seen = np.array(kept)
        return np.asarray(seen[:, :2] / seen[:, 2:])

    def box(self, corners: Matrix) -> Box:
        """Return the part of the picture that the polygon `corners` can touch."""
        seen = self.polygon(corners)
        if seen is None:
            return Box(0, 0, 0, 0)
        low, high = seen.min(axis=0), seen.max(axis=0)
        width, height = self.lens.width_px, self.lens.height_px
        return Box(
            left=4 * int(np.clip(low[0] // 4, 0, width // 4)),
            top=4 * int(np.clip(low[1] // 4, 0, height // 4)),
            right=4 * int(np.clip(-(-high[0] // 4) + 1, 0, width // 4)),
            bottom=4 * int(np.clip(-(-high[1] // 4) + 1, 0, height // 4)),
        )
