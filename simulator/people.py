"""The people on the stage: they stroll inside their wing, and stand still when the robot comes near."""

import math
import random
from dataclasses import dataclass
from typing import Final

from simulator.layout import Area
from teleop_core.geometry import Pose2D

SHY_M: Final = 0.9  # nearer than this to the robot a person waits
_PAUSE_S: Final = (2.0, 6.0)
_SPEED_MPS: Final = (0.2, 0.4)


@dataclass(slots=True)
class Walker:
    """One person. `heading_rad` is where the person looks; motion is decided by `chance` alone."""

    wing: Area
    chance: random.Random
    x_m: float = 0.0
    y_m: float = 0.0
    heading_rad: float = 0.0
    _goal_x_m: float = 0.0
    _goal_y_m: float = 0.0
    _speed_mps: float = 0.3
    _pause_s: float = 0.0

    def __post_init__(self) -> None:
        self.x_m, self.y_m = self._anywhere()
        self.heading_rad = self.chance.uniform(-math.pi, math.pi)
        self._rest()

    def step(self, *, dt_s: float, robot: Pose2D) -> None:
        """Advance by `dt_s`, waiting while the robot is within reach."""
        if math.hypot(robot.x_m - self.x_m, robot.y_m - self.y_m) < SHY_M:
            return
        if self._pause_s > 0.0:
            self._pause_s -= dt_s
            return
        dx, dy = self._goal_x_m - self.x_m, self._goal_y_m - self.y_m
        left_m = math.hypot(dx, dy)
        stride_m = self._speed_mps * dt_s
        if left_m <= stride_m:
            self.x_m, self.y_m = self._goal_x_m, self._goal_y_m
            self._rest()
            return
        self.x_m += dx / left_m * stride_m
        self.y_m += dy / left_m * stride_m
        self.heading_rad = math.atan2(dy, dx)

    def _rest(self) -> None:
        self._goal_x_m, self._goal_y_m = self._anywhere()
        self._speed_mps = self.chance.uniform(*_SPEED_MPS)
        self._pause_s = self.chance.uniform(*_PAUSE_S)

    def _anywhere(self) -> tuple[float, float]:
        return (
            self.chance.uniform(self.wing.x_min_m, self.wing.x_max_m),
            self.chance.uniform(self.wing.y_min_m, self.wing.y_max_m),
        )
