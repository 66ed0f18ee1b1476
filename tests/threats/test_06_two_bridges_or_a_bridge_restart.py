"""Threat 6: two bridges speak for the same robot, or the bridge restarts mid-drive.

Expected: one driver, and nobody gets motion that they did not have.
"""

from prove.people import ANNA, BO, GUEST, STAFF
from prove.world import World
from teleop_core.geometry import Twist
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import Refusal, Road
from tests.threats.house import FULL_MPS, command, cut, driven, pass_time, refused, ride_out


def of_two_bridges() -> World:
    """Return a house in which Anna drives, and another bridge, which knows nothing of her, vouches for Bo and staff."""
    world = driven()
    world.leave(world.people[BO.id])
    world.leave(world.people[STAFF.id])
    pass_time(world, 40)
    return world


def says_through_the_other_bridge(world: World, peer: m.Peer, message: m.FromPerson) -> None:
    """Let the robot hear `message` as if the second bridge had vouched for `peer`."""
    world.hear(peer, encode(message), Road.BRIDGE)


def test_two_bridges_vouch_for_two_people_and_the_robot_grants_one_lease() -> None:
    world = of_two_bridges()
    fence = world.session.fence

    def ask_and_drive() -> None:
        says_through_the_other_bridge(world, BO, m.LeaseRequest(id=f"q{world.now_ns}"))
        says_through_the_other_bridge(world, BO, command(world, vx_mps=-0.6))

    pass_time(world, 1000, ask_and_drive)

    assert (world.session.holder, world.session.fence) == (ANNA.id, fence)
    assert world.told == Twist(FULL_MPS)
    assert refused(world, Refusal.NOT_HOLDER) == 50


def test_a_roster_of_another_bridge_that_does_not_know_the_driver_takes_nothing_from_them() -> None:
    world = of_two_bridges()

    world.session.peers_changed((BO, STAFF), now_ns=world.now_ns)
    pass_time(world, 1000)

    assert world.session.holder == ANNA.id
    assert world.told == Twist(FULL_MPS)


def test_two_bridges_that_both_hand_the_robot_on_have_one_winner_after_standstill() -> None:
    world = of_two_bridges()
    anna = world.people[ANNA.id]

    world.session.peers_changed((ANNA, BO, STAFF, GUEST), now_ns=world.now_ns)
    says_through_the_other_bridge(world, BO, m.LeaseRequest(id="q"))
    anna.session.request(m.LeaseOffer(id=anna.session.new_id(), to=BO.id), now_ns=world.now_ns)
    pass_time(world, 20)
    says_through_the_other_bridge(world, STAFF, m.LeaseTake(id="t"))
    ride_out(world)
    pass_time(world, 1000)

    assert world.session.holder == BO.id  # heard first; the referee saw to the standstill before
    assert refused(world, Refusal.BUSY) > 0


def test_a_bridge_that_restarts_mid_drive_changes_nothing_for_who_drives_peer_to_peer() -> None:
    world = driven()
    fence = world.session.fence

    world.close_bridge()
    pass_time(world, 1000)
    assert world.told == Twist(FULL_MPS)
    world.open_bridge()
    pass_time(world, 1000)

    assert (world.session.holder, world.session.fence) == (ANNA.id, fence)
    assert world.told == Twist(FULL_MPS)


def test_whose_only_road_was_that_bridge_gets_no_motion_from_its_return() -> None:
    world = driven()
    anna = world.people[ANNA.id]
    cut(anna.up_direct, anna.down_direct)

    world.close_bridge()
    ride_out(world)
    world.open_bridge()

    assert pass_time(world, 1000) == 0.0  # the hand is on all the time


def test_nobody_new_gets_the_lease_while_there_is_no_bridge() -> None:
    world = driven()
    world.close_bridge()
    pass_time(world, 40)

    for message in (m.LeaseTake(id="t"), m.LeaseOffer(id="o", to=BO.id)):
        world.hear(STAFF, encode(message), Road.DIRECT)
    pass_time(world, 1000)

    assert world.session.holder == ANNA.id
    assert refused(world, Refusal.NO_BRIDGE) == 2
