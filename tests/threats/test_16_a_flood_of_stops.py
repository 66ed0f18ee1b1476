"""Threat 16: a flood of STOP, so that nobody drives. Expected: safe; staff mute that person, never the local button."""

import itertools
from collections.abc import Callable

import pytest

from prove.people import ANNA, BO, GUEST, STAFF
from prove.world import World
from teleop_core.geometry import Twist
from teleop_core.outbox import MAX_URGENT_PER_SENDER
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import EventKind, Refusal, Road, RobotState, StopCause
from tests.threats.house import FULL_MPS, clear, driven, pass_time, refused, ride_out

A_TICK_FULL = 20
HALL = m.Peer(id="hall-1", role=m.Role.STAFF, name="A phone in the hall")


def flooding(world: World, peer: m.Peer) -> Callable[[], None]:
    """Return what lets the robot hear a tick's worth of STOPs, each under an id of its own."""
    numbers = itertools.count()

    def flood() -> None:
        for number in itertools.islice(numbers, A_TICK_FULL):
            world.hear(peer, encode(m.Stop(id=f"flood-{number}")), Road.DIRECT if number % 2 else Road.BRIDGE)

    return flood


def asks(world: World, peer: m.Peer, message: m.RequestMessage) -> m.Ack:
    """Have somebody ask for something, and return the answer."""
    session = world.people[peer.id].session
    request = session.request(message, now_ns=world.now_ns)
    pass_time(world, 60)
    answer = session.answer(request)
    assert isinstance(answer, m.Ack)
    return answer


def mute(world: World, peer: str, *, by: m.Peer = STAFF) -> m.Ack:
    return asks(world, by, m.Mute(id=world.people[by.id].session.new_id(), peer=peer, muted=True))


def muted_guest() -> World:
    """Return a house in which a guest's flood stopped the robot, and staff then muted the guest."""
    world = driven()
    ride_out(world, flooding(world, GUEST))
    world.people[ANNA.id].let_go()
    assert mute(world, GUEST.id).refusal is None
    return world


def test_it_stops_the_robot_once_and_what_it_says_stays_bounded() -> None:
    world = driven()

    ride_out(world, flooding(world, GUEST))
    pass_time(world, 1000, flooding(world, GUEST))

    assert world.session.state is RobotState.STOPPED
    seen = world.people[STAFF.id].session.events
    assert [event.kind for event in seen].count(EventKind.STOPPED) == 1


def test_the_bridge_lets_nobody_fill_the_robots_queue_with_them() -> None:
    world = driven()
    guest, staff = world.people[GUEST.id], world.people[STAFF.id]
    assert world.room is not None
    assert guest.seat is not None
    assert staff.seat is not None

    refusals = [
        world.room.receive_from_person(guest.seat, encode(m.Stop(id=f"flood-{number}"))) for number in range(200)
    ]

    assert refusals.count(None) == MAX_URGENT_PER_SENDER
    assert world.room.receive_from_person(staff.seat, encode(m.Stop(id="s"))) is None  # another's has room


def test_once_staff_have_muted_who_floods_the_robot_is_cleared_and_drives_while_the_flood_goes_on() -> None:
    world = muted_guest()
    anna, flood = world.people[ANNA.id], flooding(world, GUEST)

    clear(world, flood)
    anna.session.request(m.LeaseRequest(id=anna.session.new_id()), now_ns=world.now_ns)
    pass_time(world, 1000, flood)
    anna.hold(Twist(FULL_MPS))
    pass_time(world, 1500, flood)

    assert world.told == Twist(FULL_MPS)
    assert refused(world, Refusal.MUTED) > 1000


def test_who_is_muted_is_told_so() -> None:
    world = driven()
    mute(world, BO.id)

    answer = asks(world, BO, m.LeaseRequest(id=world.people[BO.id].session.new_id()))

    assert answer.refusal is Refusal.MUTED


def stops_by_hand(world: World) -> None:
    world.session.stop(StopCause.LOCAL, detail="a key on the robot's terminal", now_ns=world.now_ns)


def presses_the_wired_button(world: World) -> None:
    world.stop_pressed = True


def stops_on_the_halls_page(world: World) -> None:
    world.session.receive(encode(m.Stop(id="s")), peer=HALL.id, role=HALL.role, road=Road.LOCAL, now_ns=world.now_ns)
    world.session.messages_to_send()  # its answer goes to the page, which is not part of this house


def stops_as_staff(world: World) -> None:
    world.people[STAFF.id].session.stop(now_ns=world.now_ns)


@pytest.mark.parametrize(
    "stops",
    [stops_by_hand, presses_the_wired_button, stops_on_the_halls_page, stops_as_staff],
    ids=lambda f: f.__name__,
)
def test_whoever_is_muted_the_buttons_beside_the_stage_and_staff_still_stop_it(stops: Callable[[World], None]) -> None:
    world = driven()
    for peer in (BO.id, GUEST.id):
        mute(world, peer)

    stops(world)
    ride_out(world)

    assert world.session.is_latched


@pytest.mark.parametrize("peer", [STAFF.id, HALL.id], ids=["staff", "the hall's page"])
def test_neither_staff_nor_the_hall_can_be_muted(peer: str) -> None:
    world = driven()

    assert mute(world, peer).refusal in {Refusal.ROLE, Refusal.UNKNOWN_PEER}


@pytest.mark.parametrize("by", [ANNA, GUEST], ids=["a presenter", "an observer"])
def test_nobody_but_staff_mutes(by: m.Peer) -> None:
    world = driven()

    assert mute(world, BO.id, by=by).refusal is Refusal.ROLE


def test_a_restart_hears_everybody_again() -> None:
    world = muted_guest()
    world.restart(remembers=True)
    pass_time(world, 1700)  # until the tabs believe in the new life
    clear(world)

    world.hear(GUEST, encode(m.Stop(id="anew")), Road.BRIDGE)

    assert world.session.is_latched
