"""The robot's arms as a camera in the hall sees them when they do not hang down: a sleeve each, across the sight."""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.scenery.figures import Colour
from simulator.stage_link import Pose, Posture

SLEEVE: Final[Colour] = (0.52, 0.34, 0.15)
_SHOULDER_M: Final = 1.42  # above the floor, upright
_APART_M: Final = 0.2  # from the middle to a shoulder
_LENGTH_M: Final = 0.62
_HALF_WIDTH_M: Final = 0.05
_HANGS_RAD: Final = 0.05


def raised(robot: Pose, posture: Posture, *, sight_rad: float) -> Iterator[NDArray[np.float64]]:
    """Yield (4, 3) corners of each arm that is raised, facing a camera that looks along `sight_rad`."""
    across = np.array((math.sin(sight_rad), -math.cos(sight_rad), 0.0))  # to the right in the picture
    up = np.array((0.0, 0.0, 1.0))
    facing = -1.0 if math.cos(robot.heading_rad - sight_rad) < 0.0 else 1.0  # whose right is where
    stands = np.array((robot.x_m, robot.y_m, 0.0))
    for side, angle_rad in ((1.0, posture.right_arm_rad), (-1.0, posture.left_arm_rad)):
        if abs(angle_rad) < _HANGS_RAD:
            continue
        out = across * side * facing
        shoulder = stands + out * _APART_M + up * _SHOULDER_M * math.cos(posture.bend_rad)
        along = out * math.sin(abs(angle_rad)) - up * math.cos(angle_rad)
        broad = out * math.cos(angle_rad) * _HALF_WIDTH_M + up * math.sin(abs(angle_rad)) * _HALF_WIDTH_M
        hand = shoulder + along * _LENGTH_M
        yield np.stack([shoulder - broad, shoulder + broad, hand + broad, hand - broad])
