"""The robot's arms in the hall's picture: seen when they are raised, on the side on which they are."""

import math

import pytest

from simulator.scenery.arms import raised
from simulator.stage_link import Pose, Posture

FACING_US = Pose(1.0, 0.0, 0.0)
SIGHT_RAD = math.pi  # of a camera in the hall that looks at the stage; +y is on its right
WAVES = Posture(right_arm_rad=2.6)


def test_arms_that_hang_are_part_of_the_figure() -> None:
    assert list(raised(FACING_US, Posture(), sight_rad=SIGHT_RAD)) == []


def test_a_waving_hand_is_above_the_head_and_on_the_robots_own_right() -> None:
    [arm] = raised(FACING_US, WAVES, sight_rad=SIGHT_RAD)

    assert arm[2:, 2].min() > 1.8
    assert arm[:, 1].max() < 0.0
    assert arm[:, 0] == pytest.approx(1.0)


def test_seen_from_behind_its_right_is_still_its_right() -> None:
    [arm] = raised(FACING_US, WAVES, sight_rad=0.0)

    assert arm[:, 1].max() < 0.0


def test_applause_takes_both() -> None:
    arms = list(raised(FACING_US, Posture(left_arm_rad=1.1, right_arm_rad=1.1), sight_rad=SIGHT_RAD))

    assert [math.copysign(1.0, arm[:, 1].mean()) for arm in arms] == [-1.0, 1.0]
