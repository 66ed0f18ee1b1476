"""A drive at 0.6 m/s that brakes at 1 m/s^2, looked at now and then: what the plant would have said."""

import pytest

from bench.course import Course, Look, NoFigureError
from teleop_core.timebase import ms, seconds

OFFSET_NS = seconds(50)  # the stage began so long before the monotonic clock's zero
BRAKES_NS = seconds(1)
RESTS_NS = BRAKES_NS + ms(600)


def path_m(stage_ns: int) -> float:
    braking_s = min(max(0, stage_ns - BRAKES_NS), ms(600)) / 1e9
    return 0.6 * min(stage_ns, BRAKES_NS) / 1e9 + 0.6 * braking_s - braking_s**2 / 2


def look(stage_ns: int, *, age_ns: int = 0) -> Look:
    braking_s = max(0, stage_ns - BRAKES_NS) / 1e9
    return Look(
        monotonic_ns=stage_ns + OFFSET_NS + age_ns,
        stage_ns=stage_ns,
        path_m=path_m(stage_ns),
        speed_mps=max(0.0, 0.6 - braking_s),
        x_m=0.0,
        still_for_ns=stage_ns - RESTS_NS if stage_ns >= RESTS_NS else None,
    )


def course(looks: list[Look]) -> Course:
    seen = Course()
    for each in looks:
        seen.saw(each)
    return seen


def looks(*, until_ns: int = seconds(2)) -> list[Look]:
    """Look every 10 ms, up to 9 ms after the stage's last step."""
    return [look(stage_ns, age_ns=ms(stage_ns // ms(10) % 10)) for stage_ns in range(0, until_ns, ms(10))]


def test_time_and_way_are_counted_from_the_fault() -> None:
    fault_ns = OFFSET_NS + BRAKES_NS - ms(250)

    stood = course(looks()).standstill_after(fault_ns)

    assert stood.seconds == pytest.approx(0.85)
    assert stood.metres == pytest.approx(0.25 * 0.6 + 0.18)


def test_a_fault_between_two_looks_lies_between_their_paths() -> None:
    fault_ns = OFFSET_NS + BRAKES_NS - ms(255)

    stood = course(looks()).standstill_after(fault_ns)

    assert stood.seconds == pytest.approx(0.855)
    assert stood.metres == pytest.approx(0.255 * 0.6 + 0.18)


def test_a_robot_that_still_moves_has_no_figure() -> None:
    with pytest.raises(NoFigureError, match="at rest"):
        course(looks(until_ns=RESTS_NS)).standstill_after(OFFSET_NS + BRAKES_NS)


def test_a_fault_before_the_first_look_has_no_figure() -> None:
    with pytest.raises(NoFigureError, match="before and after the fault"):
        course(looks()).standstill_after(OFFSET_NS - ms(1))


def test_a_stage_that_lost_time_has_no_figure() -> None:
    late = [look(each.stage_ns, age_ns=ms(120)) if each.stage_ns > BRAKES_NS else each for each in looks()]

    with pytest.raises(NoFigureError, match="the stage lost 120 ms"):
        course(late).standstill_after(OFFSET_NS + BRAKES_NS)


def test_the_slowest_is_of_the_time_that_is_asked_for() -> None:
    seen = course(looks())

    assert seen.slowest_mps(OFFSET_NS, OFFSET_NS + BRAKES_NS) == 0.6
    assert seen.slowest_mps(OFFSET_NS, OFFSET_NS + BRAKES_NS + ms(109)) == pytest.approx(0.5)
    with pytest.raises(NoFigureError, match="starved"):
        seen.slowest_mps(0, 1)
