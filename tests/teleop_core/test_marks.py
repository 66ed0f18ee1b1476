"""The way to a mark: it is reached from anywhere, standing as it says, and never faster than asked."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.marks import way_to

STEP_S = 0.02
PACE_MPS = 0.5
TURN_RADPS = 0.8
THERE_M = 0.04
THERE_RAD = 0.03
METRES = st.floats(-4.0, 4.0)
HEADINGS = st.floats(-math.pi, math.pi)


def way(goal: Pose2D, pose: Pose2D) -> Twist:
    return way_to(goal, pose, pace_mps=PACE_MPS, turn_radps=TURN_RADPS, decel_mps2=0.4, decel_radps2=0.6)


def moved(pose: Pose2D, twist: Twist) -> Pose2D:
    heading_rad = pose.heading_rad + twist.wz_radps * STEP_S
    return Pose2D(
        pose.x_m + math.cos(heading_rad) * twist.vx_mps * STEP_S,
        pose.y_m + math.sin(heading_rad) * twist.vx_mps * STEP_S,
        heading_rad,
    )


@given(METRES, METRES, HEADINGS, METRES, METRES, HEADINGS)
def test_every_mark_is_reached_from_everywhere(
    x_m: float, y_m: float, heading_rad: float, goal_x_m: float, goal_y_m: float, goal_rad: float
) -> None:
    pose, goal = Pose2D(x_m, y_m, heading_rad), Pose2D(goal_x_m, goal_y_m, goal_rad)
    for _ in range(3000):
        twist = way(goal, pose)
        assert 0.0 <= twist.vx_mps <= PACE_MPS
        assert abs(twist.wz_radps) <= TURN_RADPS
        if twist == STILL:
            break
        pose = moved(pose, twist)

    assert pose.distance_to(goal) <= THERE_M
    assert abs(math.remainder(pose.heading_rad - goal.heading_rad, math.tau)) <= THERE_RAD


def test_a_mark_behind_is_turned_to_on_the_spot() -> None:
    twist = way(Pose2D(-2.0, 0.1), Pose2D())

    assert twist.vx_mps == 0.0
    assert twist.wz_radps == TURN_RADPS


def test_it_slows_down_before_the_mark() -> None:
    assert way(Pose2D(2.0, 0.0), Pose2D()) == Twist(PACE_MPS, 0.0, 0.0)
    assert way(Pose2D(0.1, 0.0), Pose2D()).vx_mps == pytest.approx(math.sqrt(2 * 0.4 * 0.1))


def test_at_the_mark_it_turns_as_the_mark_says_and_stands() -> None:
    assert way(Pose2D(0.0, 0.0, -1.5), Pose2D(0.02, 0.0)) == Twist(0.0, 0.0, -TURN_RADPS)
    assert way(Pose2D(0.0, 0.0, 0.02), Pose2D(0.02, 0.0)) == STILL


def test_a_turn_slows_down_in_time_and_ends_gently() -> None:
    slows, ends = (way(Pose2D(0.0, 0.0, off_rad), Pose2D()) for off_rad in (0.3, 0.1))

    assert (slows.speed_mps, ends.speed_mps) == (0.0, 0.0)
    assert slows.wz_radps == pytest.approx(math.sqrt(2 * 0.6 * 0.3))
    assert ends.wz_radps == pytest.approx(0.1 / 0.4)


@pytest.mark.parametrize(
    ("far_m", "off_rad", "stands"), [(0.04, 0.03, True), (0.0401, 0.0, False), (0.0, 0.0301, False)]
)
def test_it_is_there_within_four_centimetres_and_two_degrees(far_m: float, off_rad: float, stands: bool) -> None:
    assert (way(Pose2D(far_m, 0.0, off_rad), Pose2D()) == STILL) is stands


def test_it_goes_and_turns_at_once_only_where_it_is_nearly_ahead() -> None:
    ahead, beside = (way(Pose2D(2.0, 0.0), Pose2D(0.0, 0.0, -off_rad)) for off_rad in (0.5, 0.51))

    assert ahead.vx_mps == pytest.approx(PACE_MPS * math.cos(0.5))
    assert ahead.wz_radps == pytest.approx(math.sqrt(2 * 0.6 * 0.5))
    assert beside.vx_mps == 0.0
    assert beside.wz_radps == pytest.approx(math.sqrt(2 * 0.6 * 0.51))
    assert ahead.vy_mps == beside.vy_mps == 0.0
