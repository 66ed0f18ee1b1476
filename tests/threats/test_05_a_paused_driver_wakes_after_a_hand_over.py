"""Threat 5: a driver's tab pauses, the lease passes on, the tab wakes. Expected: refused by its fence."""

from prove.people import ANNA, BO, STAFF
from prove.world import World
from teleop_core.geometry import Twist
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import Refusal, Road
from tests.threats.house import driven, pass_time, refused

BOS = Twist(0.2)


def handed_over_to_bo() -> World:
    """Return a house in which Anna's tab sleeps with the hand on, and Bo drives slowly meanwhile."""
    world = driven()
    world.people[ANNA.id].is_frozen = True
    bo, staff = world.people[BO.id], world.people[STAFF.id].session
    bo.session.request(m.LeaseRequest(id=bo.session.new_id()), now_ns=world.now_ns)
    pass_time(world, 20)
    staff.request(m.LeaseOffer(id=staff.new_id(), to=BO.id), now_ns=world.now_ns)
    pass_time(world, 2000)
    assert world.session.holder == BO.id
    bo.hold(BOS)
    pass_time(world, 500)
    assert world.told == BOS
    return world


def test_its_commands_are_refused_by_their_fence() -> None:
    world = handed_over_to_bo()

    world.people[ANNA.id].is_frozen = False
    pass_time(world, 500)

    assert refused(world, Refusal.WRONG_FENCE) > 0


def test_whoever_drives_now_is_not_disturbed_for_a_single_tick() -> None:
    world = handed_over_to_bo()

    world.people[ANNA.id].is_frozen = False
    for _ in range(50):
        pass_time(world, 20)
        assert world.told == BOS

    assert world.session.holder == BO.id


def test_the_hand_that_woke_up_drives_nothing_after_the_other_has_gone() -> None:
    world = handed_over_to_bo()
    world.people[ANNA.id].is_frozen = False
    bo = world.people[BO.id]
    bo.let_go()
    bo.session.request(m.LeaseReturn(id=bo.session.new_id(), fence=world.session.fence), now_ns=world.now_ns)
    pass_time(world, 500)

    assert pass_time(world, 3000) == 0.0
    assert world.session.holder is None


def test_a_lease_that_passes_on_between_two_ticks_takes_no_armed_hand_with_it() -> None:
    world = driven()
    world.people[ANNA.id].let_go()
    pass_time(world, 2000)  # at rest, and her hand may take hold again at any time
    bo = world.people[BO.id]
    bo.hold(BOS)

    world.hear(ANNA, encode(m.LeaseReturn(id="r", fence=world.session.fence)), Road.DIRECT)
    world.hear(BO, encode(m.LeaseRequest(id="q")), Road.DIRECT)

    assert world.session.holder == BO.id
    assert pass_time(world, 2000) == 0.0  # he has held on all along
