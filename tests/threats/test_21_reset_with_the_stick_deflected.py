"""Threat 21: the STOP is reset while somebody still pushes the stick. Expected: no motion."""

from prove.people import ANNA, STAFF
from prove.world import World
from teleop_core.geometry import Twist
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import Limit, RobotState
from tests.threats.house import clear, command, driven, grab_anew, limit, pass_time, ride_out


def stopped_under_her_hand() -> World:
    """Return a house in which staff stopped what Anna drives, and cleared it; her hand has been on all the time."""
    world = driven()
    anna = world.people[ANNA.id]
    world.people[STAFF.id].session.stop(now_ns=world.now_ns)
    ride_out(world)
    clear(world)
    anna.hold(Twist(0.6))
    return world


def test_the_reset_itself_moves_nothing_and_leaves_nobody_with_the_lease() -> None:
    world = stopped_under_her_hand()

    assert pass_time(world, 3000) == 0.0
    assert world.session.holder is None
    assert world.session.state is RobotState.READY


def test_the_new_lease_moves_nothing_until_the_stick_was_let_go() -> None:
    world = stopped_under_her_hand()
    anna = world.people[ANNA.id]

    anna.session.request(m.LeaseRequest(id=anna.session.new_id()), now_ns=world.now_ns)

    assert pass_time(world, 3000) == 0.0
    assert world.session.holder == ANNA.id
    assert limit(world) is Limit.NOT_NEUTRAL
    grab_anew(world, anna)
    assert world.told.vx_mps > 0.0


def test_a_stick_that_is_pushed_without_the_dead_man_is_not_neutral_either() -> None:
    world = stopped_under_her_hand()
    anna = world.people[ANNA.id]
    anna.session.request(m.LeaseRequest(id=anna.session.new_id()), now_ns=world.now_ns)
    pass_time(world, 100)

    def push() -> None:
        drive = command(world, vx_mps=0.3, dead_man=False, seq=2**40 + world.now_ns // 1_000_000)
        world.hear(ANNA, encode(drive), m.Road.DIRECT)

    assert pass_time(world, 1000, push) == 0.0
    anna.hold(Twist(0.3))
    assert pass_time(world, 100) == 0.0
