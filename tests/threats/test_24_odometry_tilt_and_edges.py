"""Threat 24: odometry disagrees, the robot tilts, the stage has an edge. Expected: latch, or clamp."""

import math

import pytest

from prove.world import Odometry, Stage, World
from teleop_core.edges import EdgeRules, StageArea
from teleop_core.geometry import Pose2D, Twist
from teleop_core.governor import Limits
from teleop_core.profile import SafetyProfile
from teleop_core.timebase import ms
from teleop_core.wire.messages import Limit, RobotState, StopCause
from tests.threats.house import FULL_MPS, driven, limit, pass_time, ride_out

ROOM_M = 3.0
WITH_EDGES = SafetyProfile(
    limits=Limits(
        edges=EdgeRules(area=StageArea(((-ROOM_M, -ROOM_M), (ROOM_M, -ROOM_M), (ROOM_M, ROOM_M), (-ROOM_M, ROOM_M))))
    )
)


def cause(world: World) -> StopCause:
    """Return what latched the robot."""
    record = world.session._latch.record
    assert record is not None
    return record.cause


# --- Odometry ---


def test_a_robot_that_moves_though_it_is_told_to_stand_latches() -> None:
    world = driven()
    world.people["anna"].let_go()
    pass_time(world, 2000)
    assert not world.session.is_latched

    world.odometry = Odometry.ROLLING
    pass_time(world, 500)

    assert cause(world) is StopCause.ODOMETRY


def test_a_robot_that_is_faster_than_it_is_told_ramps_and_latches(monkeypatch: pytest.MonkeyPatch) -> None:
    world = driven(speed_mps=0.3)
    world.odometry = Odometry.NOISY
    monkeypatch.setattr(World, "_measured", lambda *_: Twist(0.6))

    pass_time(world, 600)
    assert cause(world) is StopCause.ODOMETRY
    ride_out(world)


def test_wheels_that_do_not_turn_though_they_are_told_to_latch(monkeypatch: pytest.MonkeyPatch) -> None:
    world = driven()
    world.odometry = Odometry.NOISY
    monkeypatch.setattr(World, "_measured", lambda *_: Twist())

    pass_time(world, 3000)

    assert cause(world) is StopCause.ODOMETRY


@pytest.mark.parametrize("odometry", [Odometry.TRUE, Odometry.NOISY, Odometry.ABSENT], ids=lambda each: each.value)
def test_what_an_honest_base_reports_disturbs_nobody(odometry: Odometry) -> None:
    world = driven()
    world.odometry = odometry

    pass_time(world, 5000)

    assert not world.session.is_latched
    assert world.told == Twist(FULL_MPS)


def test_no_number_for_a_speed_latches() -> None:
    world = driven()

    world.odometry = Odometry.NOT_A_NUMBER
    ride_out(world)

    assert cause(world) is StopCause.DRIVER_FAULT


# --- Tilt ---


@pytest.mark.parametrize("tilt_rad", [0.36, -0.36, math.pi])
def test_a_robot_that_tips_over_stops_at_once_and_latches(tilt_rad: float) -> None:
    world = driven()

    world.tilt_rad = tilt_rad
    pass_time(world, 20)

    assert cause(world) is StopCause.TILT
    took_ns, _ = ride_out(world)
    assert took_ns <= ms(700)


def test_a_ramp_in_the_floor_is_no_tilt() -> None:
    world = driven()

    world.tilt_rad = 0.2
    pass_time(world, 1000)

    assert world.told == Twist(FULL_MPS)


# --- Edges ---


def test_towards_the_edge_it_slows_down_by_itself_and_stands_before_it_whatever_the_hand_wants() -> None:
    world = driven(Stage(profile=WITH_EDGES))

    pass_time(world, 12_000)

    assert ROOM_M - 0.15 < world.place.x_m < ROOM_M
    assert limit(world) is Limit.EDGE
    assert not world.session.is_latched


def test_pushed_over_the_edge_it_latches() -> None:
    world = driven(Stage(profile=WITH_EDGES))

    world.push(ROOM_M, 0.0)
    ride_out(world)

    assert cause(world) is StopCause.EDGE
    assert world.session.state is RobotState.STOPPED


def test_on_a_stage_with_edges_a_robot_that_does_not_know_where_it_is_stands() -> None:
    world = driven(Stage(profile=WITH_EDGES))

    world.knows_where = False
    ride_out(world)

    assert limit(world) is Limit.POSE_UNKNOWN
    world.place = Pose2D()
    assert pass_time(world, 1000) == 0.0
