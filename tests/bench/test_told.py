from bench.told import first_hold, first_slower, first_still, told_at, why
from simulator.motion_trace import Tick
from teleop_core.timebase import ms
from teleop_core.wire.messages import Limit, RobotState
from tests.bench.trace import braked, tick

TICKS = braked(1000, Limit.STOPPED, RobotState.STOPPING)


def at_ms(found: Tick | None) -> float | None:
    return None if found is None else found.tick_ns / ms(1)


def test_the_first_slower_tick_is_after_the_instant() -> None:
    assert at_ms(first_slower(TICKS, ms(500))) == 1000
    assert at_ms(first_slower(TICKS, ms(999))) == 1000
    assert at_ms(first_slower(TICKS, ms(1000))) == 1020


def test_driving_backwards_is_slower_when_it_is_nearer_to_zero() -> None:
    ticks = [tick(0, -0.6), tick(20, -0.6), tick(40, -0.58)]

    assert at_ms(first_slower(ticks, ms(10))) == 40


def test_a_trace_that_begins_later_or_never_slows_has_no_first_slower_tick() -> None:
    assert first_slower(TICKS, -1) is None
    assert first_slower([tick(0, 0.6), tick(20, 0.6)], ms(5)) is None


def test_what_was_told_at_an_instant_is_the_last_tick_before_it() -> None:
    assert at_ms(told_at(TICKS, ms(39))) == 20
    assert told_at(TICKS, -1) is None


def test_a_hold_counts_when_the_picture_made_it() -> None:
    ticks = [
        tick(0, 0.6),
        tick(20, 0.5, Limit.LOOP_DELAY, RobotState.DEGRADED),
        tick(40, 0.4, Limit.ECHO_AGE, RobotState.HOLD),
        tick(60, 0.3, Limit.PICTURE_AGE, RobotState.HOLD),
    ]

    assert at_ms(first_hold(ticks, ms(0))) == 60
    assert first_hold(ticks, ms(60)) is None


def test_what_stopped_it_is_the_limit_that_slowed_it_and_the_one_that_it_stood_by() -> None:
    handed_over = [tick(at, 0.6 - at / 100, Limit.LOOP_DELAY) for at in (0, 20, 40)]
    handed_over.append(tick(60, 0.0, Limit.ECHO_AGE, RobotState.HOLD))

    assert why(TICKS, ms(500)) == "stopped"
    assert why(handed_over, ms(0)) == "loop_delay, echo_age"
    assert why(TICKS[:60], ms(500)) is None


def test_it_is_told_to_stand_at_the_first_still_tick_after_the_instant() -> None:
    assert at_ms(first_still(TICKS, ms(500))) == 1580
    assert first_still(TICKS[:60], ms(500)) is None
