"""Where things stand: the plan of the stage, in the stage frame.

The origin is the start mark, +x points to the audience, +y to the left of somebody who faces it; metres.
"""

from typing import Final

import msgspec

ROBOT_RADIUS_M: Final = 0.25
PERSON_RADIUS_M: Final = 0.25


class Area(msgspec.Struct, frozen=True):
    """An upright rectangle on the floor."""

    x_min_m: float
    x_max_m: float
    y_min_m: float
    y_max_m: float

    def contains(self, x_m: float, y_m: float) -> bool:
        """Return whether the point lies inside or on the border."""
        return self.x_min_m <= x_m <= self.x_max_m and self.y_min_m <= y_m <= self.y_max_m

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """The corners, counter-clockwise from the back right."""
        return (
            (self.x_min_m, self.y_min_m),
            (self.x_max_m, self.y_min_m),
            (self.x_max_m, self.y_max_m),
            (self.x_min_m, self.y_max_m),
        )

    def inset(self, by_m: float) -> "Area":
        """Return the area without a border that is `by_m` wide."""
        return Area(self.x_min_m + by_m, self.x_max_m - by_m, self.y_min_m + by_m, self.y_max_m - by_m)


class StageLayout(msgspec.Struct, frozen=True, kw_only=True):
    """The plan. People walk only inside `wings`, which leave the middle of the stage to the robot."""

    floor: Area = Area(-2.0, 4.0, -5.0, 5.0)  # beyond x_max and both y the robot falls; x_min is the backdrop's wall
    drop_m: float = 0.9  # from the stage down to the floor of the hall
    lectern_x_m: float = 2.3
    lectern_y_m: float = 2.6
    lectern_radius_m: float = 0.38
    wings: tuple[Area, ...] = (Area(-1.2, 2.9, -4.2, -2.3), Area(-1.3, 0.9, 2.4, 4.3))
    audience_from_x_m: float = 5.4  # the first row
    audience_rows: int = 9
    audience_pitch_m: float = 0.95
