import pytest

from bench.course import Course, NoFigureError
from bench.outcome import NOT_TOLD, Instants, Outcome, figures, judged, reasons
from simulator.motion_trace import Tick
from teleop_core.timebase import ms
from teleop_core.wire.messages import Limit, RobotState
from tests.bench.test_course import BRAKES_NS, OFFSET_NS, course, looks
from tests.bench.trace import braked

BRAKES_MS = (OFFSET_NS + BRAKES_NS) // ms(1)


def drive() -> Course:
    return course(looks())


def told(limit: Limit, state: RobotState) -> list[Tick]:
    return braked(BRAKES_MS, limit, state)


def outcome(fault: str, seconds: float = 0.8, metres: float = 0.3, **more: float) -> Outcome:
    return Outcome(fault=fault, seconds=seconds, metres=metres, stopped_by="silence", **more)


def test_a_drive_is_judged_by_the_plant_and_explained_by_the_trace() -> None:
    at = Instants(struck_ns=OFFSET_NS + BRAKES_NS - ms(240))

    seen = judged("link_cut", at, drive(), told(Limit.SILENCE, RobotState.HOLD), is_stop=False)

    assert (seen.fault, seen.stopped_by) == ("link_cut", "silence")
    assert seen.seconds == pytest.approx(0.84)
    assert (seen.first_decel_ms, seen.hold_s, seen.lowest_mps) == (None, None, None)


def test_a_motion_process_that_died_told_nothing() -> None:
    at = Instants(struck_ns=OFFSET_NS + BRAKES_NS - ms(240))

    assert judged("motion_sigkill", at, drive(), [], is_stop=False).stopped_by == NOT_TOLD


def test_a_stop_is_timed_to_the_first_tick_that_told_less() -> None:
    at = Instants(struck_ns=OFFSET_NS + BRAKES_NS - ms(13))

    seen = judged("stop_staff", at, drive(), told(Limit.STOPPED, RobotState.STOPPING), is_stop=True)

    assert seen.first_decel_ms == 13


def test_a_robot_that_something_else_slowed_first_says_nothing_about_stop() -> None:
    at = Instants(struck_ns=OFFSET_NS + BRAKES_NS - ms(13))

    with pytest.raises(NoFigureError, match="what slowed the robot first"):
        judged("stop_staff", at, drive(), told(Limit.SILENCE, RobotState.HOLD), is_stop=True)


def test_a_hold_is_timed_from_the_capture_of_the_picture() -> None:
    struck_ns = OFFSET_NS + BRAKES_NS - ms(640)
    at = Instants(struck_ns=struck_ns, captured_ns=struck_ns - ms(60))

    seen = judged("frozen_picture", at, drive(), told(Limit.PICTURE_AGE, RobotState.HOLD), is_stop=False)

    assert seen.hold_s == pytest.approx(0.70)


def test_a_fault_that_nobody_minds_is_timed_from_the_hand_that_lets_go() -> None:
    lets_go_ns = OFFSET_NS + BRAKES_NS - ms(10)
    at = Instants(struck_ns=lets_go_ns - ms(500), unminded_ns=lets_go_ns)

    seen = judged("bridge_sigkill_direct", at, drive(), told(Limit.DEAD_MAN, RobotState.DRIVING), is_stop=False)

    assert seen.lowest_mps == 0.6
    assert seen.seconds == pytest.approx(0.61)


def test_a_robot_that_minds_what_it_should_not_has_stood_and_is_no_missing_figure() -> None:
    struck_ns = OFFSET_NS + BRAKES_NS - ms(10)
    at = Instants(struck_ns=struck_ns, unminded_ns=struck_ns + ms(990))

    seen = judged("bridge_sigkill_direct", at, drive(), told(Limit.ECHO_AGE, RobotState.HOLD), is_stop=False)

    assert (seen.lowest_mps, seen.seconds, seen.stopped_by) == (0.0, None, "echo_age")
    assert figures([seen]) == {"bridge_sigkill_direct_lowest_mps": 0.0, "runs": 1}


def test_a_robot_that_was_slow_already_says_nothing() -> None:
    at = Instants(struck_ns=OFFSET_NS + BRAKES_NS + ms(100))

    with pytest.raises(NoFigureError, match="at the fault"):
        judged("link_cut", at, drive(), [], is_stop=False)


def test_figures_are_of_what_was_seen_and_of_nothing_else() -> None:
    found = figures(
        [
            outcome("link_cut", 0.84, 0.31),
            outcome("link_cut", 0.86, 0.33),
            outcome("stop_staff", first_decel_ms=12.0),
            outcome("stop_lan_page", first_decel_ms=30.0),
            outcome("frozen_picture", hold_s=0.71),
            outcome("bridge_sigkill_direct", lowest_mps=0.6),
            outcome("bridge_sigkill_direct", lowest_mps=0.58),
        ]
    )

    assert (found["link_cut_s_p50"], found["link_cut_s_p99"], found["link_cut_m_max"]) == (0.84, 0.86, 0.33)
    assert (found["stop_first_decel_ms_p99"], found["stop_staff_first_decel_ms_p99"]) == (30.0, 12.0)
    assert found["frozen_picture_hold_s_p99"] == 0.71
    assert found["bridge_sigkill_direct_lowest_mps"] == 0.58
    assert found["runs"] == 7
    assert not [name for name in found if name.startswith("agent_sigkill")]


def test_no_drive_is_no_figure() -> None:
    assert figures([]) == {"runs": 0}


def test_what_stopped_the_robot_is_counted() -> None:
    assert reasons([outcome("link_cut"), outcome("link_cut")]) == {"silence": 2}
