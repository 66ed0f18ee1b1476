"""What the wheels are told: finite, inside the caps, slower with the loop delay, and never faster for being late."""

import itertools
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleop_core.edges import EdgeRules, StageArea, stopping_speed_mps
from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.governor import Applied, Governor, Ground, Limits, Wish, hold_reason, safe_speed_mps
from teleop_core.timebase import ms
from teleop_core.timing import Timing
from teleop_core.wire.messages import Limit

TIMING = Timing()
FORWARD = Wish(
    twist=Twist(vx_mps=0.5),
    dead_man=True,
    command_age_ns=0,
    echo_age_ns=0,
    picture_age_ns=0,
    saw_picture=True,
)
ROUNDING = 1e-9
ABRUPT = Limits(jerk_mps3=1e9, jerk_radps3=1e9, brake_jerk_mps3=1e9, brake_jerk_radps3=1e9)  # as if without jerk limits


def wishing(vx_mps: float = 0.0, vy_mps: float = 0.0, wz_radps: float = 0.0, *, picture_ms: float = 0.0) -> Wish:
    return replace(FORWARD, twist=Twist(vx_mps, vy_mps, wz_radps), picture_age_ns=ms(picture_ms))


def governor(limits: Limits | None = None) -> Governor:
    made = Governor(limits=limits or ABRUPT, timing=TIMING)
    made.ramp_to_zero(now_ns=0)
    return made


def told(made: Governor, wish: Wish, *, at_ms: float) -> tuple[Twist, Limit]:
    applied = made.follow(wish, now_ns=ms(at_ms))
    return applied.twist, applied.limit


def follow_for(made: Governor, wish: Wish, for_ms: int, *, from_ms: int = 0) -> tuple[Twist, Limit]:
    last: tuple[Twist, Limit] = (made.applied, Limit.NONE)
    for at_ms in range(from_ms + 20, from_ms + for_ms + 1, 20):
        last = told(made, wish, at_ms=at_ms)
    return last


def stopping_distance_m(speed_mps: float, *, delay_s: float, decel_mps2: float) -> float:
    """Drive on blindly for `delay_s`, then brake, in steps of 0.1 ms; the law itself is not used here."""
    way_m, step_s = speed_mps * delay_s, 1e-4
    while speed_mps > 0.0:
        way_m += speed_mps * step_s
        speed_mps -= decel_mps2 * step_s
    return way_m


# --- Limits ---

MORE_THAN_ZERO = ("accel_mps2", "accel_radps2", "jerk_mps3", "jerk_radps3", "brake_jerk_mps3", "brake_jerk_radps3")


@pytest.mark.parametrize("name", ["max_speed_mps", "max_turn_radps", "clear_distance_m", *MORE_THAN_ZERO])
@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf, -math.inf])
def test_a_limit_is_finite_and_not_negative(name: str, value: float) -> None:
    wrong: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=f"{name}: expected a finite number that is not negative, got"):
        Limits(**wrong)


@pytest.mark.parametrize("name", MORE_THAN_ZERO)
def test_a_robot_must_be_able_to_stop(name: str) -> None:
    wrong: dict[str, Any] = {name: 0.0}
    with pytest.raises(ValueError, match=f"{name}: expected more than zero, or the robot could never stop"):
        Limits(**wrong)


# --- The speed law ---


@pytest.mark.parametrize("delay_s", [0.0, 0.05, 0.1, 0.3, 0.5, 0.8])
@pytest.mark.parametrize("clear_m", [0.1, 0.4, 1.0])
@pytest.mark.parametrize("accel", [0.3, 1.0, 2.5])
def test_the_law_uses_up_the_clear_distance_exactly(delay_s: float, clear_m: float, accel: float) -> None:
    limits = replace(ABRUPT, clear_distance_m=clear_m, accel_mps2=accel)
    speed = safe_speed_mps(limits, delay_s=delay_s)

    assert stopping_distance_m(speed, delay_s=delay_s, decel_mps2=accel) == pytest.approx(clear_m, abs=1e-3)


@given(shorter=st.floats(min_value=0.0, max_value=2.0), longer=st.floats(min_value=0.0, max_value=2.0))
def test_more_delay_never_means_more_speed(shorter: float, longer: float) -> None:
    shorter, longer = sorted((shorter, longer))

    assert safe_speed_mps(ABRUPT, delay_s=longer) <= safe_speed_mps(ABRUPT, delay_s=shorter) + ROUNDING


def test_without_a_clear_distance_nothing_moves() -> None:
    made = governor(replace(ABRUPT, clear_distance_m=0.0))

    assert follow_for(made, wishing(0.5, 0.0, 0.5), 400) == (STILL, Limit.LOOP_DELAY)


def test_a_good_link_allows_the_cap_and_a_slow_one_less() -> None:
    assert follow_for(governor(), wishing(0.6, picture_ms=260), 1000) == (Twist(vx_mps=0.6), Limit.NONE)

    twist, limit = follow_for(governor(), wishing(0.6, picture_ms=400), 1000)
    assert limit is Limit.LOOP_DELAY
    assert twist.vx_mps == pytest.approx(safe_speed_mps(ABRUPT, delay_s=0.5))
    assert 0.3 < twist.vx_mps < 0.6


def test_the_reaction_counts_as_delay() -> None:
    slow = replace(TIMING, reaction_ns=ms(700))
    made = Governor(limits=ABRUPT, timing=slow)
    made.ramp_to_zero(now_ns=0)

    twist, limit = follow_for(made, wishing(0.6), 1000)
    assert limit is Limit.LOOP_DELAY
    assert twist.vx_mps == pytest.approx(safe_speed_mps(ABRUPT, delay_s=0.7))


def test_a_picture_of_this_instant_leaves_the_reaction_alone_to_the_last_digit() -> None:
    fast = replace(ABRUPT, max_speed_mps=3.0)

    done = governor(fast).follow(wishing(3.0), now_ns=ms(20))
    assert done.allowed_mps == safe_speed_mps(fast, delay_s=0.1)


def test_a_slow_link_slows_the_turn_in_the_same_proportion() -> None:
    twist, limit = follow_for(governor(), wishing(0.0, 0.0, 5.0, picture_ms=400), 1000)

    assert limit is Limit.LOOP_DELAY
    assert twist.wz_radps == pytest.approx(0.8 * safe_speed_mps(ABRUPT, delay_s=0.5) / 0.6)


def test_what_is_slow_enough_already_is_not_limited_by_a_slow_link() -> None:
    assert follow_for(governor(), wishing(0.1, picture_ms=600), 1000) == (Twist(vx_mps=0.1), Limit.NONE)


# --- Caps and slew ---


def test_caps_keep_the_direction() -> None:
    twist, limit = follow_for(governor(), wishing(3.0, 4.0), 1000)

    assert limit is Limit.CAP
    assert twist.speed_mps == pytest.approx(0.6)
    assert twist.vy_mps / twist.vx_mps == pytest.approx(4.0 / 3.0)


def test_a_turn_is_capped_in_both_directions() -> None:
    assert follow_for(governor(), wishing(wz_radps=9.0), 1000) == (Twist(wz_radps=0.8), Limit.CAP)
    assert follow_for(governor(), wishing(wz_radps=-9.0), 1000) == (Twist(wz_radps=-0.8), Limit.CAP)


def test_a_robot_capped_at_zero_stays() -> None:
    made = governor(replace(ABRUPT, max_speed_mps=0.0))

    assert follow_for(made, wishing(0.5, 0.0, 0.5), 400) == (STILL, Limit.CAP)


def test_it_speeds_up_by_the_acceleration_and_says_so() -> None:
    made = governor()
    steps = [told(made, wishing(0.05), at_ms=at_ms) for at_ms in (20, 40, 60)]

    assert [twist.vx_mps for twist, _ in steps] == pytest.approx([0.02, 0.04, 0.05])
    assert [limit for _, limit in steps] == [Limit.SLEW, Limit.SLEW, Limit.NONE]


def test_a_turn_speeds_up_and_slows_down_by_its_own_acceleration() -> None:
    made = governor()
    turns = [told(made, wishing(wz_radps=0.05), at_ms=20)[0].wz_radps]
    turns += [told(made, wishing(wz_radps=-0.5), at_ms=at_ms)[0].wz_radps for at_ms in (40, 60)]

    assert turns == pytest.approx([0.04, 0.0, -0.04])


def test_the_first_tick_moves_nothing() -> None:
    made = Governor(limits=ABRUPT, timing=TIMING)

    assert told(made, FORWARD, at_ms=5000) == (STILL, Limit.SLEW)


def test_the_ramp_from_full_speed_takes_600_ms_and_18_cm() -> None:
    made = governor()
    follow_for(made, wishing(0.6), 1000)
    way_m, at_ms = 0.0, 1000
    while made.applied != STILL:
        at_ms += 20
        way_m += made.ramp_to_zero(now_ns=ms(at_ms)).vx_mps * 0.02

    assert at_ms - 1000 == 600
    assert way_m == pytest.approx(0.18, abs=0.01)


@pytest.mark.parametrize("late_ms", [20, 40, 100, 249])
def test_a_late_tick_speeds_up_by_no_more_than_one_tick(late_ms: int) -> None:
    made = governor()
    follow_for(made, wishing(0.2), 400)

    twist, _ = told(made, wishing(0.6, 0.0, 0.8), at_ms=400 + late_ms)
    assert (twist.vx_mps, twist.wz_radps) == pytest.approx((0.22, 0.04))


def test_a_late_tick_catches_up_with_slowing_down_by_at_most_100_ms() -> None:
    made = governor()
    follow_for(made, wishing(0.6), 1000)

    assert made.ramp_to_zero(now_ns=ms(1080)).vx_mps == pytest.approx(0.52)
    assert made.ramp_to_zero(now_ns=ms(1080 + 249)).vx_mps == pytest.approx(0.42)


@pytest.mark.parametrize("late_ms", [250, 1000, 60_000])
def test_a_tick_as_late_as_the_drivers_own_time_limit_begins_at_rest(late_ms: int) -> None:
    made = governor()
    follow_for(made, wishing(0.5, 0.0, 0.5), 1000)

    twist, _ = told(made, wishing(0.5, 0.0, 0.5), at_ms=1000 + late_ms)
    assert (twist.vx_mps, twist.wz_radps) == pytest.approx((0.02, 0.04))


def test_a_clock_that_steps_back_moves_nothing() -> None:
    made = governor()
    follow_for(made, wishing(0.2), 400)

    assert told(made, wishing(0.6), at_ms=10)[0] == Twist(vx_mps=0.2)
    assert told(made, wishing(0.6), at_ms=10)[0] == Twist(vx_mps=0.2)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_slows_down(bad: float) -> None:
    made = governor()
    follow_for(made, wishing(0.5), 1000)

    for twist in (Twist(bad, 0.0, 0.0), Twist(0.0, bad, 0.0), Twist(0.0, 0.0, bad)):
        before = made.applied.speed_mps
        done = made.follow(replace(FORWARD, twist=twist), now_ns=made._last_ns + ms(20) if made._last_ns else 0)
        assert (done.limit, done.allowed_mps) == (Limit.CAP, 0.0)
        assert done.twist.speed_mps == pytest.approx(before - 0.02)


speeds = st.floats(allow_nan=True, allow_infinity=True) | st.floats(min_value=-10.0, max_value=10.0)
limits_in_use = st.builds(
    Limits,
    max_speed_mps=st.floats(min_value=0.0, max_value=3.0),
    max_turn_radps=st.floats(min_value=0.0, max_value=3.0),
    accel_mps2=st.floats(min_value=0.05, max_value=5.0),
    accel_radps2=st.floats(min_value=0.05, max_value=5.0),
    jerk_mps3=st.floats(min_value=0.5, max_value=1000.0),
    jerk_radps3=st.floats(min_value=0.5, max_value=1000.0),
    brake_jerk_mps3=st.floats(min_value=5.0, max_value=1000.0),
    brake_jerk_radps3=st.floats(min_value=5.0, max_value=1000.0),
    clear_distance_m=st.floats(min_value=0.0, max_value=2.0),
)
moves = st.lists(
    st.tuples(
        st.integers(min_value=-ms(50), max_value=ms(400)),
        st.none() | st.tuples(speeds, speeds, speeds, st.integers(min_value=0, max_value=ms(699)) | st.none()),
    ),
    max_size=40,
)


@given(limits=limits_in_use, played=moves)
def test_whatever_is_asked_the_output_is_finite_capped_and_slewed(
    limits: Limits, played: list[tuple[int, tuple[float, float, float, int | None] | None]]
) -> None:
    made = governor(limits)
    now_ns = 0
    for step_ns, asked in played:
        now_ns += step_ns
        before = made.applied
        if asked is None:
            twist = made.ramp_to_zero(now_ns=now_ns)
            assert twist.speed_mps <= before.speed_mps
            assert abs(twist.wz_radps) <= abs(before.wz_radps)
        else:
            vx_mps, vy_mps, wz_radps, picture_ns = asked
            wish = replace(FORWARD, twist=Twist(vx_mps, vy_mps, wz_radps), picture_age_ns=picture_ns)
            applied = made.follow(wish, now_ns=now_ns)
            twist = applied.twist
            assert 0.0 <= applied.allowed_mps <= limits.max_speed_mps
        assert twist.is_finite
        assert twist == made.applied
        assert twist.speed_mps <= limits.max_speed_mps + ROUNDING
        assert abs(twist.wz_radps) <= limits.max_turn_radps + ROUNDING
        assert twist.speed_mps <= before.speed_mps + limits.accel_mps2 * 0.02 + ROUNDING
        assert abs(twist.wz_radps) <= abs(before.wz_radps) + limits.accel_radps2 * 0.02 + ROUNDING


# --- Reasons to hold ---


def aged(field: str, age_ns: int) -> Wish:
    ages: dict[str, Any] = {field: age_ns}
    return replace(FORWARD, **ages)


def test_a_fresh_wish_has_no_reason_to_hold() -> None:
    assert hold_reason(FORWARD, timing=TIMING) is None


def test_no_wish_is_silence() -> None:
    assert hold_reason(None, timing=TIMING) is Limit.SILENCE


@pytest.mark.parametrize(
    ("field", "hold_ns", "reason"),
    [
        ("command_age_ns", ms(250), Limit.SILENCE),
        ("echo_age_ns", ms(400), Limit.ECHO_AGE),
        ("picture_age_ns", ms(700), Limit.PICTURE_AGE),
    ],
)
def test_each_age_holds_at_exactly_its_bound(field: str, hold_ns: int, reason: Limit) -> None:
    assert hold_reason(aged(field, hold_ns - 1), timing=TIMING) is None
    assert hold_reason(aged(field, hold_ns), timing=TIMING) is reason


def test_no_picture_and_a_picture_that_the_robot_does_not_know_hold() -> None:
    nothing = replace(FORWARD, saw_picture=False, picture_age_ns=None)

    assert hold_reason(nothing, timing=TIMING) is Limit.NO_PICTURE
    assert hold_reason(replace(nothing, saw_picture=True), timing=TIMING) is Limit.PICTURE_AGE


# --- At the very edge ---


def test_a_speed_that_the_delay_just_allows_is_limited_by_the_cap_and_not_by_the_delay() -> None:
    exactly = replace(ABRUPT, max_speed_mps=0.5, accel_mps2=1.0, clear_distance_m=0.375)
    exactly = replace(exactly, max_speed_mps=safe_speed_mps(exactly, delay_s=0.5))
    assert exactly.max_speed_mps == pytest.approx(0.5)

    assert told(governor(exactly), wishing(0.6, picture_ms=400), at_ms=20)[1] is Limit.CAP


def test_a_late_tick_brakes_for_all_of_its_time_when_the_stick_is_thrown_over() -> None:
    made = governor()
    follow_for(made, wishing(0.3, wz_radps=0.4), 600)
    assert made.applied == Twist(0.3, 0.0, 0.4)

    twist, _ = told(made, wishing(-0.3, wz_radps=-0.4), at_ms=700)

    assert twist.vx_mps == pytest.approx(0.2)
    assert twist.wz_radps == pytest.approx(0.2)


# --- Jerk ---


def speeds_of(made: Governor, wish: Wish | None, for_ms: int, *, from_ms: int = 0) -> list[float]:
    speeds = [made.applied.vx_mps]
    for at_ms in range(from_ms + 20, from_ms + for_ms + 1, 20):
        if wish is None:
            made.ramp_to_zero(now_ns=ms(at_ms))
        else:
            made.follow(wish, now_ns=ms(at_ms))
        speeds.append(made.applied.vx_mps)
    return speeds


def rates_of(speeds: list[float]) -> list[float]:
    return [(after - before) / 0.02 for before, after in itertools.pairwise(speeds)]


def test_it_speeds_up_gently_and_ends_gently() -> None:
    rates = rates_of(speeds_of(governor(Limits()), wishing(0.6), 1000))

    assert rates[:3] == pytest.approx([0.16, 0.32, 0.48])  # a jerk of 8 m/s^3
    assert max(rates) == pytest.approx(1.0)
    assert all(abs(after - before) <= 0.18 for before, after in itertools.pairwise(rates))
    assert rates[-1] == 0.0
    assert sum(rates) * 0.02 == pytest.approx(0.6)


def test_sideways_is_as_gentle_and_as_brisk_as_forwards() -> None:
    made, ahead = governor(Limits()), governor(Limits())
    for at_ms in range(20, 1001, 20):
        speed_mps = 0.6 if at_ms < 600 else -0.3
        made.follow(wishing(0.0, -speed_mps), now_ns=ms(at_ms))
        ahead.follow(wishing(speed_mps), now_ns=ms(at_ms))
        assert made.applied == Twist(0.0, -ahead.applied.vx_mps)


def test_a_turn_begins_and_ends_gently_and_is_braked_with_all_its_strength_to_the_end() -> None:
    made = governor(Limits())
    turns = [made.follow(wishing(wz_radps=0.8), now_ns=ms(at_ms)).twist.wz_radps for at_ms in range(20, 1201, 20)]
    rates = rates_of([0.0, *turns])
    assert max(rates) == pytest.approx(2.0)
    assert all(abs(after - before) <= 0.36 for before, after in itertools.pairwise(rates))
    assert turns[-1] == 0.8

    slower = [made.ramp_to_zero(now_ns=ms(at_ms)).wz_radps for at_ms in range(1220, 1621, 20)]
    assert rates_of([0.8, *slower]) == pytest.approx([-2.0] * 20 + [0.0])


def test_half_a_tick_is_time_for_half_of_the_brakes() -> None:
    made = governor(Limits())
    follow_for(made, wishing(0.5, wz_radps=0.7), 1200)

    twist = made.ramp_to_zero(now_ns=ms(1210))
    assert (twist.vx_mps, twist.wz_radps) == pytest.approx((0.5 - 0.5 * 0.01, 0.7 - 1.0 * 0.01))


def test_what_it_reaches_it_reaches_to_the_last_digit() -> None:
    made = governor(replace(ABRUPT, accel_mps2=100.0))
    follow_for(made, wishing(0.03), 100)
    assert 0.03 + (0.01 - 0.03) > 0.01, "as the sum of the steps would have it"

    assert told(made, wishing(0.01), at_ms=120) == (Twist(0.01), Limit.NONE)


def test_it_brakes_with_all_its_strength_within_one_tick_and_to_the_end() -> None:
    made = governor(Limits())
    speeds_of(made, wishing(0.6), 1200)

    rates = rates_of(speeds_of(made, None, 620, from_ms=1200))
    assert rates[:30] == pytest.approx([-1.0] * 30)
    assert rates[30:] == [0.0]


def test_a_body_that_would_topple_brakes_gently_at_first() -> None:
    made = governor(replace(Limits(), brake_jerk_mps3=10.0))
    speeds_of(made, wishing(0.6), 1200)

    rates = rates_of(speeds_of(made, None, 800, from_ms=1200))
    assert rates[:6] == pytest.approx([-0.2, -0.4, -0.6, -0.8, -1.0, -1.0])


def test_the_law_counts_in_that_the_brakes_bite_late() -> None:
    gentle = replace(Limits(), brake_jerk_mps3=5.0)

    assert gentle.brakes_bite_s == pytest.approx(0.1)
    assert safe_speed_mps(gentle, delay_s=0.2) == pytest.approx(safe_speed_mps(ABRUPT, delay_s=0.3))


def test_a_stick_thrown_over_brakes_at_once_and_goes_on_without_a_jolt() -> None:
    made = governor(Limits())
    speeds_of(made, wishing(0.3), 1200)

    rates = rates_of(speeds_of(made, wishing(-0.3), 500, from_ms=1200))
    assert rates[:20] == pytest.approx([-1.0] * 20)  # through zero, the acceleration is the same


def test_a_hand_that_pushes_again_while_it_brakes_begins_gently() -> None:
    made = governor(Limits())
    speeds_of(made, wishing(0.6), 1200)
    speeds_of(made, None, 200, from_ms=1200)

    rates = rates_of(speeds_of(made, wishing(0.6), 60, from_ms=1400))
    assert rates == pytest.approx([0.16, 0.32, 0.48])


def test_a_turn_has_jerk_limits_of_its_own() -> None:
    made = governor(Limits())
    turns = [made.follow(wishing(wz_radps=0.8), now_ns=ms(at_ms)).twist.wz_radps for at_ms in (20, 40, 60)]
    assert turns == pytest.approx([0.0064, 0.0192, 0.0384])  # a jerk of 16 rad/s^3
    for at_ms in range(80, 1201, 20):
        made.follow(wishing(wz_radps=0.8), now_ns=ms(at_ms))
    assert made.applied.wz_radps == 0.8

    assert made.ramp_to_zero(now_ns=ms(1220)).wz_radps == pytest.approx(0.76)
    turned_over = made.follow(wishing(wz_radps=-0.8), now_ns=ms(1240)).twist.wz_radps
    assert turned_over == pytest.approx(0.72)


def test_two_ticks_at_the_same_time_change_nothing_twice() -> None:
    made = governor(Limits())
    speeds_of(made, wishing(0.6), 400)
    before = made.applied

    assert made.follow(wishing(0.6, 0.0, 0.8), now_ns=ms(400)).twist == before
    assert made.follow(wishing(0.6), now_ns=ms(420)).twist.vx_mps > before.vx_mps


def test_after_two_ticks_at_the_same_time_every_direction_begins_gently() -> None:
    made = governor(Limits())
    made.follow(wishing(0.0, 0.6, 0.8), now_ns=ms(0))
    made.follow(wishing(0.0, 0.6, 0.8), now_ns=ms(0))

    twist = made.follow(wishing(0.0, 0.6, 0.8), now_ns=ms(20)).twist
    assert (twist.vy_mps, twist.wz_radps) == pytest.approx((0.16 * 0.02, 0.32 * 0.02))


# --- Staff's cap and the edges ---

BIG = EdgeRules(area=StageArea(((-9.0, -9.0), (9.0, -9.0), (9.0, 9.0), (-9.0, 9.0))))


def on_ground(made: Governor, wish: Wish, ground: Ground, for_ms: int = 1200) -> Applied:
    applied = made.follow(wish, ground=ground, now_ns=ms(20))
    for at_ms in range(40, for_ms + 1, 20):
        applied = made.follow(wish, ground=ground, now_ns=ms(at_ms))
    return applied


def test_the_cap_of_staff_limits_speed_and_turn_in_the_same_share() -> None:
    done = on_ground(governor(), wishing(0.6, wz_radps=0.8), Ground(speed_cap_mps=0.15))

    assert (done.limit, done.allowed_mps) == (Limit.STAFF_CAP, 0.15)
    assert (done.twist.vx_mps, done.twist.wz_radps) == pytest.approx((0.15, 0.2))


def test_a_cap_above_the_robots_own_changes_nothing() -> None:
    done = on_ground(governor(), wishing(5.0), Ground(speed_cap_mps=3.0))

    assert (done.limit, done.allowed_mps) == (Limit.CAP, 0.6)
    assert on_ground(governor(), wishing(5.0), Ground(speed_cap_mps=0.6)).limit is Limit.CAP


def test_a_cap_at_standstill_stands() -> None:
    done = on_ground(governor(), wishing(0.6, wz_radps=0.8), Ground(speed_cap_mps=0.0))

    assert done == Applied(twist=STILL, limit=Limit.STAFF_CAP, allowed_mps=0.0)


def test_the_least_of_all_caps_counts_and_is_named() -> None:
    slow_link = wishing(0.6, picture_ms=600)
    by_delay = safe_speed_mps(ABRUPT, delay_s=0.7)

    assert on_ground(governor(), slow_link, Ground(speed_cap_mps=0.5)).limit is Limit.LOOP_DELAY
    assert on_ground(governor(), slow_link, Ground(speed_cap_mps=0.5)).allowed_mps == pytest.approx(by_delay)
    assert on_ground(governor(), slow_link, Ground(speed_cap_mps=0.1)).limit is Limit.STAFF_CAP


def test_lowering_the_cap_slows_a_moving_robot_by_its_ramp() -> None:
    made = governor()
    follow_for(made, wishing(0.6), 1000)

    done = made.follow(wishing(0.6), ground=Ground(speed_cap_mps=0.1), now_ns=ms(1020))
    assert done.twist.vx_mps == pytest.approx(0.58)


def test_in_the_middle_of_a_wide_stage_edges_change_nothing() -> None:
    done = on_ground(governor(replace(ABRUPT, edges=BIG)), wishing(0.6), Ground(pose=Pose2D()))

    assert done == Applied(twist=Twist(0.6), limit=Limit.NONE, allowed_mps=0.6)


def test_near_an_edge_it_goes_slowly_and_says_why() -> None:
    made = governor(replace(ABRUPT, edges=BIG))
    done = on_ground(made, wishing(0.6), Ground(pose=Pose2D(-8.6, 0.0, 0.0)))

    assert done == Applied(twist=Twist(0.3), limit=Limit.EDGE, allowed_mps=0.3)


def test_what_an_edge_allows_anyway_is_not_blamed_on_it() -> None:
    made = governor(replace(ABRUPT, edges=BIG))
    slow = on_ground(made, wishing(0.2), Ground(pose=Pose2D(-8.6, 0.0, 0.0)))
    assert (slow.twist, slow.limit) == (Twist(0.2), Limit.NONE)

    capped = on_ground(governor(replace(ABRUPT, edges=BIG)), wishing(0.2, wz_radps=5.0), Ground(pose=Pose2D(-8.6)))
    assert (capped.twist, capped.limit) == (Twist(0.2, 0.0, 0.8), Limit.CAP)


def test_at_an_edge_it_may_still_turn_on_the_spot() -> None:
    made = governor(replace(ABRUPT, edges=BIG))
    done = on_ground(made, wishing(wz_radps=0.5), Ground(pose=Pose2D(8.99, 0.0, 0.0)))

    assert done == Applied(twist=Twist(wz_radps=0.5), limit=Limit.NONE, allowed_mps=0.6)


def test_an_old_pose_makes_the_edge_nearer() -> None:
    def allowed(age_ms: float) -> float:
        ground = Ground(pose=Pose2D(8.85, 0.0, 0.0), pose_age_ns=ms(age_ms))
        careful = replace(BIG, near_m=0.0)
        return governor(replace(ABRUPT, edges=careful)).follow(wishing(0.6), ground=ground, now_ns=ms(20)).allowed_mps

    assert allowed(0) == pytest.approx(stopping_speed_mps(0.1, decel_mps2=1.0, delay_s=0.1))
    assert allowed(200) == pytest.approx(stopping_speed_mps(0.1, decel_mps2=1.0, delay_s=0.3))


def test_brakes_that_bite_late_make_the_edge_nearer() -> None:
    gentle = replace(ABRUPT, edges=replace(BIG, near_m=0.0), brake_jerk_mps3=5.0)
    done = governor(gentle).follow(wishing(0.6), ground=Ground(pose=Pose2D(8.85, 0.0, 0.0)), now_ns=ms(20))

    assert gentle.brakes_bite_s == pytest.approx(0.1)
    assert done.allowed_mps == pytest.approx(stopping_speed_mps(0.1, decel_mps2=1.0, delay_s=0.2))


def test_without_a_pose_it_goes_nowhere_on_a_stage_with_edges() -> None:
    done = on_ground(governor(replace(ABRUPT, edges=BIG)), wishing(0.6), Ground(pose=None))

    assert done == Applied(twist=STILL, limit=Limit.EDGE, allowed_mps=0.0)


def test_a_robot_that_goes_where_it_may_not_brakes_straight_whatever_is_wished() -> None:
    made = governor(replace(ABRUPT, edges=BIG))
    on_ground(made, wishing(0.6), Ground(pose=Pose2D()))

    at_the_edge = Ground(pose=Pose2D(8.9, 0.0, 0.0))
    done = made.follow(wishing(0.0, 0.6), ground=at_the_edge, now_ns=ms(1220))
    assert (done.limit, done.allowed_mps) == (Limit.EDGE, 0.0)
    assert (done.twist.vx_mps, done.twist.vy_mps) == pytest.approx((0.58, 0.0))
