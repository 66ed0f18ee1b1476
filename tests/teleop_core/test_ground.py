"""The ground that the rules stand on: planar motion, time in integers, and the one tree of errors."""

import math

import pytest

from teleop_core import errors
from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.timebase import ms, seconds, to_ms, to_seconds


def test_speed_is_the_length_of_the_linear_part() -> None:
    assert Twist(3.0, -4.0, 9.0).speed_mps == 5.0


def test_a_distance_is_a_straight_line() -> None:
    assert Pose2D(1.0, 1.0, 2.0).distance_to(Pose2D(4.0, -3.0)) == 5.0


def test_still_is_exactly_still_unless_a_bound_is_given() -> None:
    assert STILL.is_still()
    assert not Twist(wz_radps=1e-12).is_still()
    assert Twist(0.03, 0.04, -0.1).is_still(within_mps=0.05, within_radps=0.1)
    assert not Twist(0.03, 0.041, 0.0).is_still(within_mps=0.05)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_neither_finite_nor_still(bad: float) -> None:
    for twist in (Twist(bad, 0.0, 0.0), Twist(0.0, bad, 0.0), Twist(0.0, 0.0, bad)):
        assert not twist.is_finite
        assert not twist.is_still(within_mps=1e9, within_radps=1e9)


def test_time_is_in_whole_nanoseconds() -> None:
    assert (ms(250), ms(0.1), seconds(2), seconds(1e-9)) == (250_000_000, 100_000, 2_000_000_000, 1)
    assert isinstance(ms(0.1), int)
    assert (to_ms(1_500_000), to_seconds(250_000_000)) == (1.5, 0.25)


def test_the_tree_of_errors_is_as_it_is_drawn() -> None:
    assert issubclass(errors.DriverLost, errors.DriverError)
    for leaf in (errors.ConfigError, errors.SetupError, errors.WireError, errors.DriverError, errors.LinkError):
        assert leaf.__base__ is errors.StagebridgeError
        assert leaf.__name__ in (errors.__doc__ or "")


def test_an_error_of_the_link_says_whether_to_redial() -> None:
    assert errors.LinkError("the bridge drains", retryable=True).retryable
    assert str(errors.LinkError("the bridge drains", retryable=True)) == "the bridge drains"
