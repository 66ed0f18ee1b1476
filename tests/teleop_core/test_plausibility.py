"""Does the robot do as it is told? A runaway and a robot that sticks are noticed, at the exact tick; a slip is not."""

import pytest

from teleop_core.geometry import STILL, Twist
from teleop_core.plausibility import Plausibility, Tolerance
from teleop_core.timebase import ms


class Base:
    """A base that is told and measured at 50 Hz."""

    def __init__(self) -> None:
        self.plausibility = Plausibility(Tolerance())
        self.now_ns = ms(1000)

    def run(self, for_ms: int, told: Twist, measured: Twist | None) -> str | None:
        said = None
        for _ in range(for_ms // 20):
            self.now_ns += ms(20)
            said = self.plausibility.disagreement(measured, now_ns=self.now_ns)
            self.plausibility.told(told, now_ns=self.now_ns)
        return said


@pytest.fixture
def base() -> Base:
    return Base()


def test_a_base_that_does_as_told_agrees(base: Base) -> None:
    assert base.run(3000, Twist(0.5, 0.0, 0.4), Twist(0.5, 0.0, 0.4)) is None


def test_before_anything_was_told_and_without_odometry_nothing_disagrees(base: Base) -> None:
    assert base.plausibility.disagreement(Twist(9.0), now_ns=0) is None
    assert base.run(3000, Twist(0.5), None) is None


def test_a_base_that_rolls_though_told_to_stand_runs_away_after_200_ms(base: Base) -> None:
    base.run(1000, STILL, STILL)

    assert base.run(200, STILL, Twist(0.16)) is None
    said = base.run(20, STILL, Twist(0.16))
    assert said is not None
    assert "faster than it is told: told at most 0.00 m/s and 0.00 rad/s, measured 0.16 m/s" in said


def test_a_base_that_turns_though_told_to_stand_runs_away(base: Base) -> None:
    base.run(1000, STILL, STILL)

    assert base.run(220, STILL, Twist(wz_radps=0.35)) is None
    assert base.run(220, STILL, Twist(wz_radps=-0.36)) is not None


def test_what_is_within_the_tolerance_or_short_is_no_runaway(base: Base) -> None:
    base.run(1000, STILL, STILL)

    assert base.run(3000, STILL, Twist(0.15)) is None
    for _ in range(5):
        assert base.run(180, STILL, Twist(2.0)) is None
        assert base.run(20, STILL, STILL) is None


def test_a_base_may_answer_600_ms_late(base: Base) -> None:
    base.run(1000, Twist(0.6, 0.0, 0.8), Twist(0.6, 0.0, 0.8))

    assert base.run(780, STILL, Twist(0.6, 0.0, 0.8)) is None
    assert base.run(60, STILL, Twist(0.6, 0.0, 0.8)) is not None


def test_backwards_and_sideways_count_by_their_speed(base: Base) -> None:
    base.run(1000, Twist(-0.3, 0.4), Twist(-0.3, 0.4))

    assert base.run(1000, Twist(-0.3, 0.4), Twist(-0.6, 0.0)) is None
    assert base.run(1000, Twist(-0.3, 0.4), Twist(-0.7, 0.0)) is not None


def test_a_base_that_does_not_get_anywhere_sticks_after_two_seconds(base: Base) -> None:
    base.run(600, STILL, STILL)
    base.run(620, Twist(0.4), STILL)  # until then it may still be on its way

    assert base.run(1980, Twist(0.4), Twist(0.09)) is None
    said = base.run(40, Twist(0.4), Twist(0.09))
    assert said is not None
    assert "does not move as told: told 0.40 m/s, measured 0.09 m/s" in said


def test_a_base_that_moves_a_quarter_of_what_it_is_told_does_not_stick(base: Base) -> None:
    assert base.run(4000, Twist(0.4), Twist(0.1)) is None


def test_a_crawl_cannot_be_told_from_sticking(base: Base) -> None:
    assert base.run(4000, Twist(0.09), STILL) is None
    assert base.run(4000, Twist(0.10), STILL) is not None


def test_moving_again_begins_the_time_anew(base: Base) -> None:
    base.run(2000, Twist(0.4), STILL)
    base.run(20, Twist(0.4), Twist(0.4))

    assert base.run(1980, Twist(0.4), STILL) is None


def test_without_odometry_for_a_moment_the_time_begins_anew(base: Base) -> None:
    base.run(1000, STILL, STILL)
    assert base.run(180, STILL, Twist(2.0)) is None
    assert base.run(20, STILL, None) is None
    assert base.run(200, STILL, Twist(2.0)) is None
    assert base.run(20, STILL, Twist(2.0)) is not None

    base.run(2600, Twist(0.4), STILL)
    assert base.run(20, Twist(0.4), None) is None
    assert base.run(1980, Twist(0.4), STILL) is None


def test_what_was_told_before_a_stall_is_no_excuse_after_it() -> None:
    plausibility = Plausibility(Tolerance())
    plausibility.told(Twist(0.6), now_ns=ms(0))
    plausibility.told(STILL, now_ns=ms(1000))
    plausibility.told(STILL, now_ns=ms(2000))

    assert plausibility.disagreement(Twist(0.6), now_ns=ms(2000)) is None
    assert plausibility.disagreement(Twist(0.6), now_ns=ms(2200)) is not None


def test_what_is_told_is_not_kept_for_ever(base: Base) -> None:
    base.run(60_000, Twist(0.4), Twist(0.4))

    assert len(base.plausibility._told) <= 32
