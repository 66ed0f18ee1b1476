"""The stage itself, in lock-step: no clock, no socket."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.events import EventKind
from simulator.faults import Fault
from simulator.layout import ROBOT_RADIUS_M, StageLayout
from simulator.plant import BASES, advance
from simulator.stage import STEP_NS, STEP_S, Stage
from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.wire.messages import StopLevel

SECOND = round(1e9 / STEP_NS)


def drive(stage: Stage, twist: Twist, *, for_s: float) -> None:
    """Command `twist` every 20 ms, as the motion loop does."""
    for _ in range(round(for_s / 0.020)):
        stage.set_velocity(twist, ttl_ms=250)
        stage.step(round(0.020 / STEP_S))


def kinds(stage: Stage) -> list[EventKind]:
    return [event.kind for event in stage.events]


def test_stands_at_the_start_mark_until_told_to_move() -> None:
    stage = Stage()

    stage.step(SECOND)

    assert stage.plant.pose == Pose2D()
    assert stage.path_m == 0.0
    assert stage.still_since_ns == 0


def test_goes_where_it_is_told() -> None:
    stage = Stage()

    drive(stage, Twist(0.5), for_s=2.0)

    assert stage.plant.twist == Twist(0.5)
    assert stage.plant.pose.x_m == pytest.approx(0.5 * 2.0 - 0.5 * 0.5**2 / 1.5, rel=0.03)
    assert abs(stage.plant.pose.y_m) < 0.05


def test_turns_counter_clockwise_for_a_positive_rate() -> None:
    stage = Stage()

    drive(stage, Twist(wz_radps=0.5), for_s=2.0)

    assert stage.plant.pose.heading_rad == pytest.approx(0.5 * 2.0, rel=0.1)
    assert stage.path_m == pytest.approx(0.0, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-2, 2), st.floats(-2, 2), st.floats(-3, 3), st.integers(0, 400)), min_size=1, max_size=20
    ),
    st.sampled_from(["differential", "holonomic"]),
)
def test_never_accelerates_or_drives_beyond_what_the_base_can(
    commands: list[tuple[float, float, float, int]], base: str
) -> None:
    limits = BASES["holonomic" if base == "holonomic" else "differential"]
    stage = Stage(base="holonomic" if base == "holonomic" else "differential")
    before = stage.plant.twist
    for vx, vy, wz, ttl_ms in commands:
        stage.set_velocity(Twist(vx, vy, wz), ttl_ms=ttl_ms)
        for _ in range(10):
            stage.step()
            now = stage.plant.twist
            change = math.hypot(now.vx_mps - before.vx_mps, now.vy_mps - before.vy_mps)
            if not stage.events:  # an obstacle may stop it faster
                assert change <= limits.max_accel_mps2 * STEP_S + 1e-9
            assert abs(now.vx_mps) <= limits.max_vx_mps
            assert abs(now.vy_mps) <= limits.max_vy_mps
            assert abs(now.wz_radps) <= limits.max_wz_radps
            before = now


def test_stops_by_itself_when_the_time_of_a_command_is_up() -> None:
    stage = Stage()
    drive(stage, Twist(0.6), for_s=1.0)
    stage.set_velocity(Twist(0.6), ttl_ms=100)

    stage.step(round(0.100 / STEP_S))
    assert stage.plant.twist == Twist(0.6)

    stage.step()
    assert stage.plant.twist.vx_mps < 0.6

    stage.step(round(0.6 / 1.5 / STEP_S))
    assert stage.plant.twist == STILL
    assert stage.still_since_ns is not None


@pytest.mark.parametrize("poison", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_stops_the_base(poison: float) -> None:
    stage = Stage()
    drive(stage, Twist(0.5), for_s=1.0)

    for twist in (Twist(poison), Twist(0.1, poison), Twist(0.1, 0.0, poison)):
        stage.set_velocity(twist, ttl_ms=250)
        assert stage.plant.target == STILL


def test_cutting_the_power_stops_it_sooner_than_the_ramp() -> None:
    ways = []
    for level in (StopLevel.SETTLE, StopLevel.CUT):
        stage = Stage()
        drive(stage, Twist(0.6), for_s=1.5)
        before = stage.path_m
        stage.halt(level)
        stage.step(SECOND)
        assert stage.plant.is_still
        ways.append(stage.path_m - before)

    assert ways[1] < ways[0] / 2


def test_power_that_is_cut_comes_back_with_a_velocity_and_nothing_milder() -> None:
    stage = Stage()
    stage.set_fault(Fault.RUNAWAY, on=True)
    stage.halt(StopLevel.CUT)

    stage.halt(StopLevel.SETTLE)
    stage.step(SECOND)
    assert stage.plant.is_still

    stage.set_velocity(STILL, ttl_ms=250)
    stage.step(SECOND)
    assert not stage.plant.is_still


def test_falling_off_the_front_edge_is_recorded_and_it_lies_there_until_it_is_put_back() -> None:
    stage = Stage()

    drive(stage, Twist(0.8), for_s=6.0)

    assert kinds(stage) == [EventKind.FELL]
    event = stage.events[0]
    assert event.x_m == pytest.approx(stage.layout.floor.x_max_m, abs=0.01)
    assert event.speed_mps == pytest.approx(0.8, abs=0.01)
    assert 5e9 < event.stage_ns < 6e9
    assert stage.fallen
    assert "tipped over" in stage.base_faults
    lying = stage.plant.pose

    drive(stage, Twist(-0.8), for_s=1.0)
    assert stage.plant.pose == lying
    assert stage.plant.twist == STILL

    stage.place(Pose2D())
    drive(stage, Twist(0.5), for_s=1.0)
    assert stage.plant.pose.x_m > 0.3
    assert stage.base_faults == ()


@pytest.mark.parametrize("side", [1, -1])
def test_falls_off_the_sides_as_well(side: int) -> None:
    stage = Stage()
    stage.place(Pose2D(0.0, side * 4.7, side * math.pi / 2))

    drive(stage, Twist(0.5), for_s=2.0)

    assert kinds(stage) == [EventKind.FELL]
    assert abs(stage.plant.pose.y_m) > stage.layout.floor.y_max_m


def test_runs_against_the_lectern_once_and_not_through_it() -> None:
    stage = Stage()
    layout = stage.layout
    stage.place(Pose2D(layout.lectern_x_m - 1.5, layout.lectern_y_m, 0.0))

    drive(stage, Twist(0.5), for_s=4.0)

    assert kinds(stage) == [EventKind.TOUCHED_LECTERN]
    gap = stage.plant.pose.distance_to(Pose2D(layout.lectern_x_m, layout.lectern_y_m))
    assert gap >= layout.lectern_radius_m + ROBOT_RADIUS_M - 0.01


def test_touches_the_backdrop_and_not_what_is_behind_it() -> None:
    stage = Stage()
    stage.place(Pose2D(-1.0, 0.0, math.pi))

    drive(stage, Twist(0.5), for_s=3.0)

    assert kinds(stage) == [EventKind.TOUCHED_BACKDROP]
    assert stage.plant.pose.x_m == pytest.approx(stage.layout.floor.x_min_m + ROBOT_RADIUS_M, abs=0.01)


def test_a_person_who_is_run_into_stands_still_and_it_is_recorded() -> None:
    stage = Stage()
    person = stage.people[0]
    stage.place(Pose2D(person.x_m - 0.8, person.y_m, 0.0))
    stood = person.x_m, person.y_m

    drive(stage, Twist(0.3), for_s=3.0)

    assert kinds(stage) == [EventKind.TOUCHED_PERSON]
    assert (person.x_m, person.y_m) == stood


def test_people_stroll_but_leave_the_middle_of_the_stage_free() -> None:
    stage = Stage()
    began = [(one.x_m, one.y_m) for one in stage.people]

    for _ in range(60):
        stage.step(SECOND)
        assert all(wing.contains(one.x_m, one.y_m) for one, wing in zip(stage.people, stage.layout.wings, strict=True))

    assert [(one.x_m, one.y_m) for one in stage.people] != began
    assert all(min(abs(wing.y_min_m), abs(wing.y_max_m)) > 2 for wing in StageLayout().wings)


def test_a_push_moves_it_and_the_floor_takes_the_motion_away_again() -> None:
    stage = Stage()

    stage.push(0.0, 0.6)
    stage.step()
    assert stage.plant.speed_mps > 0.5
    stage.step(SECOND)

    assert stage.plant.is_still
    assert 0.02 < stage.plant.pose.y_m < 0.2
    assert kinds(stage) == [EventKind.PUSHED]
    assert stage.plant.odometry == Pose2D()  # the wheels did not turn


def test_a_dead_motor_brakes_and_says_so() -> None:
    stage = Stage()
    drive(stage, Twist(0.5), for_s=1.0)

    stage.set_fault(Fault.MOTOR, on=True)
    drive(stage, Twist(0.5), for_s=1.0)

    assert stage.plant.is_still
    assert list(stage.base_faults) == ["motor fault"]
    stage.set_fault(Fault.MOTOR, on=False)
    assert list(stage.base_faults) == []


def test_a_tipped_base_feels_that_it_tilts_and_does_not_drive() -> None:
    stage = Stage()
    drive(stage, Twist(0.5), for_s=1.0)
    assert stage.plant.tilt_rad == 0.0

    stage.set_fault(Fault.TIPPED, on=True)
    drive(stage, Twist(0.5), for_s=1.0)

    assert stage.plant.is_still
    assert stage.plant.tilt_rad == 0.6
    stage.set_fault(Fault.TIPPED, on=False)
    assert stage.plant.tilt_rad == 0.0
    drive(stage, Twist(0.5), for_s=1.0)
    assert stage.plant.twist == Twist(0.5)


def test_a_stuck_base_does_not_move_and_finds_nothing_wrong() -> None:
    stage = Stage()

    stage.set_fault(Fault.STUCK, on=True)
    drive(stage, Twist(0.5, 0.0, 0.5), for_s=1.0)

    assert stage.plant.pose == stage.plant.odometry == Pose2D()
    assert stage.base_faults == ()


@pytest.mark.parametrize("told", [Twist(0.5), Twist(-0.5), STILL])
def test_a_runaway_base_drives_on_whatever_it_is_told_and_its_odometry_says_so(told: Twist) -> None:
    stage = Stage()
    drive(stage, Twist(0.5), for_s=1.0)

    stage.set_fault(Fault.RUNAWAY, on=True)
    drive(stage, told, for_s=1.0)
    stage.halt(StopLevel.SETTLE)
    stage.step(SECOND)

    assert stage.plant.twist == Twist(0.3)
    assert stage.plant.odometry.x_m == pytest.approx(stage.plant.pose.x_m, rel=0.05)


def test_a_runaway_ends_with_the_power_the_stop_input_or_the_fault() -> None:
    def cut(stage: Stage) -> None:
        stage.halt(StopLevel.CUT)

    def press(stage: Stage) -> None:
        stage.plant.stop_pressed = True

    def mend(stage: Stage) -> None:
        stage.set_fault(Fault.RUNAWAY, on=False)

    for end in (cut, press, mend):
        stage = Stage()
        stage.set_fault(Fault.RUNAWAY, on=True)
        stage.step(SECOND)
        assert not stage.plant.is_still

        end(stage)
        stage.step(SECOND)

        assert stage.plant.is_still


def test_the_wired_stop_holds_it_while_pressed() -> None:
    stage = Stage()
    drive(stage, Twist(0.5), for_s=1.0)

    stage.plant.stop_pressed = True
    drive(stage, Twist(0.5), for_s=1.0)

    assert stage.plant.is_still


def test_odometry_drifts_from_the_truth_but_slowly() -> None:
    stage = Stage()

    for _ in range(6):
        drive(stage, Twist(0.5, 0.0, 0.7), for_s=3.0)
        drive(stage, Twist(-0.5, 0.0, 0.7), for_s=3.0)

    error = stage.plant.pose.distance_to(stage.plant.odometry)
    assert 0.0 < error < 0.03 * stage.path_m


def test_the_battery_sags_under_load_and_an_empty_one_stops_the_base() -> None:
    stage = Stage()
    drive(stage, Twist(0.8), for_s=0.4)
    assert stage.plant.battery < stage.plant.charge - 0.01

    stage.plant.charge = 0.0
    drive(stage, Twist(0.8), for_s=1.0)

    assert stage.plant.is_still
    assert "battery empty" in stage.base_faults


def test_same_seed_and_same_commands_give_the_same_run() -> None:
    def run(seed: int, speed_mps: float) -> str:
        stage = Stage(seed=seed)
        drive(stage, Twist(speed_mps, 0.0, 0.3), for_s=3.0)
        return stage.trace_hash

    assert run(1, 0.5) == run(1, 0.5)
    assert run(1, 0.5) != run(2, 0.5)
    assert run(1, 0.5) != run(1, 0.51)


def test_an_arc_is_integrated_exactly() -> None:
    quarter = advance(Pose2D(), Twist(1.0, 0.0, math.pi / 2), dt_s=1.0)

    radius = 2 / math.pi
    assert quarter.x_m == pytest.approx(radius)
    assert quarter.y_m == pytest.approx(radius)
    assert quarter.heading_rad == pytest.approx(math.pi / 2)
    in_steps = Pose2D()
    for _ in range(200):
        in_steps = advance(in_steps, Twist(1.0, 0.0, math.pi / 2), dt_s=1 / 200)
    assert in_steps.distance_to(quarter) < 1e-9


def test_only_a_holonomic_base_goes_sideways() -> None:
    straight, free = Stage(base="differential"), Stage(base="holonomic")

    for stage in (straight, free):
        drive(stage, Twist(0.0, 0.4), for_s=1.0)

    assert straight.plant.pose.y_m == 0.0
    assert free.plant.pose.y_m > 0.2
