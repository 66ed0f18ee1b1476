"""What a target makes of a picture, and who gets which."""

import itertools

import pytest

from robot_agent.media.rate.assignment import RETURN_ABOVE, Assignment, Bounds
from robot_agent.media.rate.ladder import Ladder
from teleop_core.timebase import ms, seconds

HIGH = Bounds(name="high", floor_bps=500_000, ceiling_bps=2_500_000)
LOW = Bounds(name="low", floor_bps=100_000, ceiling_bps=800_000)


@pytest.fixture
def ladder() -> Ladder:
    return Ladder(pixels=640 * 360, rate_hz=30)


def test_of_a_target_a_little_is_left_for_headers_and_repairs(ladder: Ladder) -> None:
    assert ladder.target(1_000_000, now_ns=0).bitrate_bps == 940_000


def test_the_rate_of_pictures_is_halved_and_comes_back_with_a_gap_between(ladder: Ladder) -> None:
    rates = [ladder.target(bps, now_ns=0).rate_hz for bps in (300_000, 299_999, 374_999, 375_000, 300_000)]

    assert rates == [30, 15, 15, 30, 30]


def test_the_picture_becomes_smaller_where_bits_are_too_few_for_it_and_larger_late(ladder: Ladder) -> None:
    mud, plenty = 0.45 * 640 * 360, 0.80 * 640 * 360
    assert ladder.target(mud - 1, now_ns=0).scale == 1
    assert ladder.target(mud - 1, now_ns=ms(500)).scale == 0.5
    assert ladder.target(plenty, now_ns=seconds(9)).scale == 0.5
    assert ladder.target(plenty + 1, now_ns=seconds(10)).scale == 0.5
    assert ladder.target(plenty + 1, now_ns=seconds(11)).scale == 1


def test_where_a_keyframe_comes_anyway_it_is_a_small_one_at_once(ladder: Ladder) -> None:
    assert ladder.target(0.79 * 640 * 360, now_ns=0, anew=True).scale == 0.5


def test_a_target_that_wavers_around_a_step_changes_the_size_once(ladder: Ladder) -> None:
    sizes = [
        ladder.target(bps, now_ns=seconds(index / 4)).scale
        for index, bps in enumerate([95_000, 110_000, 95_000, 95_000, 95_000, 130_000, 95_000, 180_000] * 10)
    ]

    assert sum(earlier != later for earlier, later in itertools.pairwise(sizes)) == 1


@pytest.fixture
def assignment() -> Assignment:
    return Assignment((HIGH, LOW))


@pytest.mark.parametrize(("target_bps", "rendition"), [(500_000, HIGH), (499_999, LOW), (100_000, LOW), (50_000, LOW)])
def test_a_viewer_begins_with_what_its_road_carries_and_never_without(
    assignment: Assignment, target_bps: float, rendition: Bounds
) -> None:
    assert assignment.place("ana", target_bps, now_ns=0) == rendition


def test_a_rendition_spends_what_its_worst_viewer_can_take_within_its_bounds(assignment: Assignment) -> None:
    assert assignment.spendable_bps(HIGH) is None
    assignment.place("ana", 9_000_000, now_ns=0)
    assert assignment.spendable_bps(HIGH) == 2_500_000
    assignment.place("bo", 700_000, now_ns=0)
    assert assignment.spendable_bps(HIGH) == 700_000
    assignment.place("bo", 400_000, now_ns=0)
    assert assignment.spendable_bps(HIGH) == 500_000
    assignment.place("bo", 400_000, now_ns=ms(500))
    assert assignment.spendable_bps(HIGH) == 2_500_000
    assert assignment.spendable_bps(LOW) == 400_000


def test_below_the_lowest_floor_there_is_sound_alone_until_there_is_room(assignment: Assignment) -> None:
    assignment.place("ana", 120_000, now_ns=0)
    assignment.place("ana", 99_999, now_ns=0)
    assert assignment.place("ana", 99_999, now_ns=ms(500)) is None
    assert assignment.spendable_bps(LOW) is None

    up_bps = RETURN_ABOVE * LOW.floor_bps
    assignment.place("ana", up_bps, now_ns=seconds(9))
    assert assignment.place("ana", up_bps, now_ns=seconds(20)) is None
    assignment.place("ana", up_bps + 1, now_ns=seconds(30))
    assert assignment.place("ana", up_bps + 1, now_ns=seconds(31)) == LOW


def test_who_begins_anew_goes_as_far_down_as_needed_at_once(assignment: Assignment) -> None:
    assignment.place("ana", 900_000, now_ns=0)

    assert assignment.place("ana", 300_000, now_ns=1, at_once=True) == LOW
    assert assignment.place("ana", 300_000, now_ns=2, at_once=True) == LOW


def test_nobody_gets_better_than_the_best_for_them(assignment: Assignment) -> None:
    assert assignment.place("staff", 2_000_000, now_ns=0, best=1) == LOW
    assert assignment.place("staff", 2_000_000, now_ns=seconds(60), best=1) == LOW


def test_who_rests_or_left_binds_nobody(assignment: Assignment) -> None:
    assignment.place("ana", 2_000_000, now_ns=0)
    for viewer in ("bo", "cy"):
        assignment.place(viewer, 600_000, now_ns=0)
    assignment.rest("bo")
    assignment.leave("cy")
    assignment.leave("cy")
    assignment.rest("nobody")

    assert assignment.spendable_bps(HIGH) == 2_000_000
