"""Threat 1: the link is cut while somebody drives. Expected: the robot stops itself, and the hand must let go first."""

from prove.people import ANNA
from teleop_core.timebase import ms
from teleop_core.wire.messages import Limit, RobotState
from tests.threats.house import cut, driven, grab_anew, limit, mend, pass_time, ride_out

WITHIN_NS = ms(870)  # 250 ms of silence, one tick, and the ramp from 0.6 m/s at 1.0 m/s^2
WITHIN_M = 0.34


def test_the_robot_stops_itself_within_the_bounds_of_the_design() -> None:
    world = driven()

    cut(*world.people[ANNA.id].ways)
    took_ns, way_m = ride_out(world)

    assert took_ns <= WITHIN_NS
    assert way_m <= WITHIN_M
    assert world.session.state is RobotState.HOLD
    assert limit(world) is Limit.SILENCE


def test_a_link_that_comes_back_moves_nothing_while_the_hand_is_still_on() -> None:
    world = driven()
    anna = world.people[ANNA.id]
    cut(*anna.ways)
    ride_out(world)

    mend(*anna.ways)

    assert pass_time(world, 1000) == 0.0
    assert limit(world) is Limit.NOT_NEUTRAL
    grab_anew(world, anna)
    assert world.told.vx_mps > 0.0


def test_a_link_that_stays_away_ends_the_lease_and_the_hand_finds_nothing_to_hold() -> None:
    world = driven()
    anna = world.people[ANNA.id]
    cut(*anna.ways)
    pass_time(world, 2100)
    assert world.session.holder is None

    mend(*anna.ways)

    assert pass_time(world, 2000) == 0.0
    assert world.session.state is RobotState.READY
