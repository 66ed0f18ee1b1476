"""The way to a mark on the floor: turn towards it, go there, turn as it says. What limits a hand limits it as well."""

import math
from typing import Final

from teleop_core.geometry import STILL, Pose2D, Twist

THERE_M: Final = 0.04
THERE_RAD: Final = 0.03
_GOES_WITHIN_RAD: Final = 0.5  # off by more, it turns on the spot
_SETTLES_S: Final = 0.4  # how soon the last of a turn is done


def way_to(
    goal: Pose2D, pose: Pose2D, *, pace_mps: float, turn_radps: float, decel_mps2: float, decel_radps2: float
) -> Twist:
    """Return how to move at `pose` to come to stand at `goal`, forwards, no faster than `pace_mps` and `turn_radps`."""
    far_m = pose.distance_to(goal)
    if far_m <= THERE_M:
        off_rad = math.remainder(goal.heading_rad - pose.heading_rad, math.tau)
        return STILL if abs(off_rad) <= THERE_RAD else Twist(0.0, 0.0, _turn(off_rad, turn_radps, decel_radps2))
    course_rad = math.atan2(goal.y_m - pose.y_m, goal.x_m - pose.x_m)
    off_rad = math.remainder(course_rad - pose.heading_rad, math.tau)
    turn = _turn(off_rad, turn_radps, decel_radps2)
    if abs(off_rad) > _GOES_WITHIN_RAD:
        return Twist(0.0, 0.0, turn)
    speed = min(pace_mps, math.sqrt(2.0 * decel_mps2 * far_m)) * math.cos(off_rad)
    return Twist(speed, 0.0, turn)


def _turn(off_rad: float, turn_radps: float, decel_radps2: float) -> float:
    """Return how fast to turn by `off_rad`, slowing down in time."""
    rate = min(turn_radps, math.sqrt(2.0 * decel_radps2 * abs(off_rad)), abs(off_rad) / _SETTLES_S)
    return math.copysign(rate, off_rad)
