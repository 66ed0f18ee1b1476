"""The edges of the stage: a polygon that the robot's centre does not leave, whatever is asked."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from teleop_core.edges import EdgeRules, Point, StageArea, edge_speed_mps, is_outside, stopping_speed_mps
from teleop_core.geometry import Pose2D, Twist
from teleop_core.governor import Governor, Ground, Limits, Wish
from teleop_core.timebase import ms
from teleop_core.timing import Timing

SQUARE = ((-2.0, -2.0), (2.0, -2.0), (2.0, 2.0), (-2.0, 2.0))
ELL = ((0.0, 0.0), (3.0, 0.0), (3.0, 1.0), (1.0, 1.0), (1.0, 3.0), (0.0, 3.0))
FORWARD = Twist(vx_mps=0.6)


def rules(corners: tuple[Point, ...] = SQUARE, *, near_m: float = 0.0, margin_m: float = 0.0) -> EdgeRules:
    return EdgeRules(area=StageArea(corners), near_m=near_m, margin_m=margin_m)


def allowed(pose: Pose2D, twist: Twist = FORWARD, *, by: EdgeRules | None = None, delay_s: float = 0.1) -> float:
    return edge_speed_mps(by or rules(), pose, twist, decel_mps2=1.0, delay_s=delay_s)


# --- The area ---


@pytest.mark.parametrize(
    ("corners", "why"),
    [
        (((0.0, 0.0), (1.0, 0.0)), "expected 3 to 64 corners, got 2"),
        (tuple((math.cos(i), math.sin(i)) for i in range(65)), "expected 3 to 64 corners, got 65"),
        (((0.0, 0.0), (math.nan, 0.0), (0.0, 1.0)), "expected corners of finite metres"),
        (((0.0, 0.0), (0.0, math.inf), (1.0, 1.0)), "expected corners of finite metres"),
        (((0.0, 0.0), (1.0, 1.0), (2.0, 2.0)), "expected corners around an area"),
        (((0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 1.0)), "got sides 1 and 3"),
    ],
)
def test_what_is_no_area_is_refused(corners: tuple[Point, ...], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        StageArea(corners)


def test_three_corners_are_enough_and_64_are_not_too_many() -> None:
    StageArea(((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
    StageArea(tuple((math.cos(i / 64 * math.tau), math.sin(i / 64 * math.tau)) for i in range(64)))


@pytest.mark.parametrize("corners", [ELL, ELL[::-1]])
def test_inside_is_inside_either_way_round(corners: tuple[Point, ...]) -> None:
    area = StageArea(corners)

    assert area.contains(0.5, 2.5)
    assert area.contains(2.5, 0.5)
    assert not area.contains(2.0, 2.0)
    assert not area.contains(-0.1, 0.5)
    assert not area.contains(3.1, 0.5)
    assert not area.contains(0.5, 3.1)
    assert not area.contains(0.5, -0.1)


@pytest.mark.parametrize("corners", [ELL, ELL[::-1]])
@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_a_side_that_points_at_another_does_not_cross_it(corners: tuple[Point, ...], scale: float) -> None:
    StageArea(tuple((x_m * scale, y_m * scale) for x_m, y_m in corners))


def test_sides_that_cross_are_found_wherever_the_list_begins() -> None:
    bow = ((0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 1.0))

    for first, sides in enumerate(("1 and 3", "2 and 4", "1 and 3", "2 and 4")):
        with pytest.raises(ValueError, match=f"got sides {sides}"):
            StageArea((*bow[-first:], *bow[:-first]) if first else bow)


def test_a_corner_that_touches_another_side_crosses_nothing() -> None:
    pinched = ((0.0, 0.0), (4.0, 0.0), (4.0, 2.0), (2.0, 0.0), (0.0, 2.0))

    for first in range(len(pinched)):
        area = StageArea((*pinched[first:], *pinched[:first]))
        assert area.contains(3.5, 1.0)
        assert area.contains(0.5, 1.0)
        assert not area.contains(2.0, 1.0)


def test_a_corner_that_is_named_twice_is_one_corner() -> None:
    area = StageArea(((0.0, 0.0), (2.0, 0.0), (2.0, 0.0), (0.0, 2.0)))

    assert area.contains(0.5, 0.5)
    assert area.ways_out(3.0, 0.0)[1] == (-1.0, 0.0)


def test_a_point_level_with_a_corner_is_inside_or_not_as_any_other() -> None:
    diamond = StageArea(((0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)))

    assert diamond.contains(0.0, 0.0)
    assert diamond.contains(-0.9, 0.0)
    assert not diamond.contains(-1.1, 0.0)
    assert not diamond.contains(1.1, 0.0)
    assert not diamond.contains(-1.1, 1.0)
    assert not diamond.contains(-1.1, -1.0)


@given(x_m=st.floats(-2.0, 8.0), y_m=st.floats(-2.0, 8.0))
def test_inside_a_triangle_is_on_the_same_hand_of_every_side(x_m: float, y_m: float) -> None:
    area = StageArea(((1.0, 1.0), (6.0, 2.0), (3.0, 7.0)))
    hands = [(bx - ax) * (y_m - ay) - (by - ay) * (x_m - ax) for (ax, ay), (bx, by) in area.sides()]
    assume(all(abs(hand) > 1e-6 for hand in hands))  # the border may count as either

    assert area.contains(x_m, y_m) is all(hand > 0.0 for hand in hands)


def test_the_way_out_is_the_nearest_point_of_each_side() -> None:
    ways = StageArea(SQUARE).ways_out(1.5, 0.0)

    assert ways == [(0.0, -2.0), (0.5, 0.0), (0.0, 2.0), (-3.5, 0.0)]


def test_a_side_of_one_metre_is_a_side_as_any_other() -> None:
    unit = StageArea(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))

    assert unit.ways_out(0.25, 0.5) == [(0.0, -0.5), (0.75, 0.0), (0.0, 0.5), (-0.25, 0.0)]


def test_beyond_its_end_a_side_is_as_near_as_its_corner() -> None:
    assert StageArea(SQUARE).ways_out(5.0, 6.0)[1] == (-3.0, -4.0)
    assert StageArea(SQUARE).ways_out(5.0, -6.0)[1] == (-3.0, 4.0)


# --- How fast ---


def test_the_stopping_speed_uses_up_the_way_exactly() -> None:
    speed = stopping_speed_mps(0.5, decel_mps2=1.0, delay_s=0.2)

    assert speed * 0.2 + speed**2 / 2 == pytest.approx(0.5)
    assert stopping_speed_mps(0.0, decel_mps2=1.0, delay_s=0.2) == 0.0


def test_towards_an_edge_it_may_go_as_fast_as_it_can_stop_before_it() -> None:
    assert allowed(Pose2D(1.5, 0.0, 0.0)) == stopping_speed_mps(0.5, decel_mps2=1.0, delay_s=0.1)
    assert allowed(Pose2D(1.5, 0.0, 0.0), delay_s=0.3) == stopping_speed_mps(0.5, decel_mps2=1.0, delay_s=0.3)


def test_the_margin_stays_free() -> None:
    by = rules(margin_m=0.2)

    assert allowed(Pose2D(1.5, 0.0, 0.0), by=by) == stopping_speed_mps(0.3, decel_mps2=1.0, delay_s=0.1)
    assert allowed(Pose2D(1.9, 0.0, 0.0), by=by) == 0.0


def test_away_from_the_nearest_edge_the_far_one_counts() -> None:
    assert allowed(Pose2D(1.5, 0.0, math.pi)) == stopping_speed_mps(3.5, decel_mps2=1.0, delay_s=0.1)


def test_along_an_edge_it_does_not_count() -> None:
    assert allowed(Pose2D(1.9, 0.0, math.pi / 2)) == stopping_speed_mps(2.0, decel_mps2=1.0, delay_s=0.1)


def test_at_a_slant_the_way_is_longer() -> None:
    slanted = allowed(Pose2D(1.5, 0.0, math.radians(60)))

    assert slanted == pytest.approx(stopping_speed_mps(1.0, decel_mps2=1.0, delay_s=0.1))


def test_sideways_and_backwards_are_directions_too() -> None:
    towards = stopping_speed_mps(0.5, decel_mps2=1.0, delay_s=0.1)

    assert allowed(Pose2D(0.0, 1.5, 0.0), Twist(vy_mps=0.3)) == pytest.approx(towards)
    assert allowed(Pose2D(-1.5, 0.0, 0.0), Twist(vx_mps=-0.3)) == pytest.approx(towards)


def test_a_robot_that_turns_towards_an_edge_counts_as_going_there() -> None:
    along = Pose2D(1.9, 0.0, math.pi / 2)
    turning = Twist(vx_mps=0.6, wz_radps=-0.8)

    assert allowed(along, turning) < allowed(along, FORWARD)
    swing_rad = 0.8 * (0.1 + 0.6)
    way_m = 0.1 / math.cos(math.pi / 2 - swing_rad)
    assert allowed(along, turning) == pytest.approx(stopping_speed_mps(way_m, decel_mps2=1.0, delay_s=0.1))


def test_a_robot_that_brakes_gently_turns_further_before_it_stands() -> None:
    along, turning = Pose2D(1.9, 0.0, math.pi / 2), Twist(vx_mps=0.2, wz_radps=-0.8)
    swing_rad = 0.8 * (0.1 + 0.2 / 0.5)
    way_m = 0.1 / math.cos(math.pi / 2 - swing_rad)

    gentle = edge_speed_mps(rules(), along, turning, decel_mps2=0.5, delay_s=0.1)
    assert gentle == pytest.approx(stopping_speed_mps(way_m, decel_mps2=0.5, delay_s=0.1))


def test_half_a_metre_from_an_edge_is_near_unless_the_show_says_otherwise() -> None:
    by = EdgeRules(area=StageArea(SQUARE))

    assert allowed(Pose2D(1.51, 0.0, math.pi), by=by) == 0.3
    assert allowed(Pose2D(1.49, 0.0, math.pi), by=by) > 0.3


def test_near_an_edge_it_goes_slowly_in_every_direction() -> None:
    by = rules(near_m=0.5)

    assert allowed(Pose2D(1.6, 0.0, math.pi), by=by) == 0.3
    assert allowed(Pose2D(1.5, 0.0, math.pi), by=by) > 0.3


def test_outside_it_may_only_come_back_in_and_slowly() -> None:
    outside = Pose2D(2.2, 0.0, 0.0)

    assert is_outside(rules(), outside)
    assert allowed(outside) == 0.0
    assert allowed(outside, Twist(vx_mps=-0.1)) == 0.15
    assert allowed(outside, Twist(vy_mps=0.1)) == 0.0
    assert allowed(Pose2D(2.2, 0.0, math.radians(180 - 59))) == 0.15
    assert allowed(Pose2D(2.2, 0.0, math.radians(180 - 61))) == 0.0
    assert allowed(Pose2D(-2.2, 0.0, math.radians(60))) == 0.0, "at exactly 60 degrees it goes along, not in"


def test_the_way_back_in_is_over_the_nearest_edge() -> None:
    by = rules(((-5.0, -1.0), (5.0, -1.0), (5.0, 1.0), (-5.0, 1.0)))

    assert allowed(Pose2D(0.0, 1.2, math.radians(-90)), by=by) == 0.15
    assert allowed(Pose2D(0.0, 1.2, math.radians(90)), by=by) == 0.0
    assert allowed(Pose2D(0.0, 1.2, math.radians(0)), by=by) == 0.0
    assert allowed(Pose2D(0.0, 1.2, math.radians(-45)), by=by) == 0.15


def test_the_inner_corner_of_an_ell_is_an_edge() -> None:
    by = rules(ELL)

    to_the_corner = stopping_speed_mps(math.hypot(0.5, 0.5), decel_mps2=1.0, delay_s=0.1)
    assert allowed(Pose2D(0.5, 0.5, math.radians(45)), by=by) == pytest.approx(to_the_corner)
    assert not is_outside(by, Pose2D(0.5, 0.5, 0.0))
    assert is_outside(by, Pose2D(1.5, 1.5, 0.0))


# --- Whatever is asked, it stays inside ---

TIMING = Timing()
pushes = st.lists(
    st.tuples(st.integers(1, 40), st.floats(-1.0, 1.0), st.floats(-1.0, 1.0), st.floats(-2.0, 2.0)), max_size=8
)


@settings(deadline=None)
@given(asked=pushes, start=st.tuples(st.floats(0.1, 0.9), st.floats(0.1, 0.9), st.floats(-4.0, 4.0)))
def test_nothing_that_is_asked_brings_it_out(
    asked: list[tuple[int, float, float, float]], start: tuple[float, float, float]
) -> None:
    """The robot answers 100 ms late, as the rules assume, on an L-shaped stage, sideways motion included."""
    by = EdgeRules(area=StageArea(ELL))
    governor = Governor(limits=Limits(edges=by), timing=TIMING)
    governor.ramp_to_zero(now_ns=0)
    place, late, now_ns = Pose2D(*start), [Twist()] * 5, 0
    for ticks, vx_mps, vy_mps, wz_radps in asked:
        wish = Wish(
            twist=Twist(vx_mps, vy_mps, wz_radps),
            dead_man=True,
            command_age_ns=0,
            echo_age_ns=0,
            picture_age_ns=0,
            saw_picture=True,
        )
        for _ in range(ticks):
            now_ns += ms(20)
            late.append(governor.follow(wish, ground=Ground(pose=place), now_ns=now_ns).twist)
            place = _rolled(place, late.pop(0))
            assert by.area.contains(place.x_m, place.y_m), f"it left at {place}"


def _rolled(place: Pose2D, twist: Twist) -> Pose2D:
    cos, sin = math.cos(place.heading_rad), math.sin(place.heading_rad)
    return Pose2D(
        place.x_m + (cos * twist.vx_mps - sin * twist.vy_mps) * 0.02,
        place.y_m + (sin * twist.vx_mps + cos * twist.vy_mps) * 0.02,
        place.heading_rad + twist.wz_radps * 0.02,
    )
