"""Threat 15: an observer sends motion. Expected: refused; but an observer's STOP is everybody's STOP."""

import pytest

from prove.people import ANNA, BO, GUEST
from prove.world import World
from teleop_core.geometry import Twist
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import Refusal, Road, StopCause
from tests.threats.house import FULL_MPS, command, driven, pass_time, refused, ride_out

ROADS = pytest.mark.parametrize("road", [Road.BRIDGE, Road.DIRECT], ids=lambda road: road.value)


def asks(world: World) -> tuple[m.FromPerson, ...]:
    """Return everything by which an observer might come to move the robot, with the right epoch, fence and code."""
    return (
        command(world, vx_mps=-0.6),
        m.LeaseRenew(epoch=world.session.memory.epoch, fence=world.session.fence, seq=2**40),
        m.LeaseRequest(id="q1"),
        m.LeaseTake(id="q2"),
        m.LeaseOffer(id="q3", to=GUEST.id),
        m.LeaseAccept(id="q4"),
        m.LeaseReturn(id="q5", fence=world.session.fence),
        m.LeaseRevoke(id="q6"),
        m.ResetPrepare(id="q7"),
        m.ResetConfirm(id="q8", code="r1-1"),
    )


@ROADS
def test_whatever_an_observer_says_who_drives_drives_on(road: Road) -> None:
    world = driven()
    fence = world.session.fence

    for message in asks(world):
        world.hear(GUEST, encode(message), road)
        pass_time(world, 20)

    assert (world.session.holder, world.session.fence) == (ANNA.id, fence)
    assert world.told == Twist(FULL_MPS)


@ROADS
def test_an_observers_motion_is_refused_for_its_role(road: Road) -> None:
    world = driven()

    world.hear(GUEST, encode(command(world)), road)

    assert refused(world, Refusal.ROLE) == 1


def test_the_bridge_does_not_even_pass_it_on() -> None:
    world = driven()
    guest = world.people[GUEST.id]
    assert world.room is not None
    assert guest.seat is not None

    for message in asks(world):
        assert world.room.receive_from_person(guest.seat, encode(message)) is Refusal.ROLE

    pass_time(world, 20)
    assert refused(world, Refusal.ROLE) == 0


@pytest.mark.parametrize("to", [GUEST, BO], ids=lambda to: to.role.value)
def test_a_lease_offered_to_an_observer_goes_to_nobody(to: m.Peer) -> None:
    world = driven()
    anna = world.people[ANNA.id]

    anna.session.request(m.LeaseOffer(id=anna.session.new_id(), to=to.id), now_ns=world.now_ns)
    pass_time(world, 20)
    world.hear(to, encode(m.LeaseAccept(id="a")), Road.DIRECT)
    ride_out(world) if to is BO else pass_time(world, 1000)
    pass_time(world, 1000)

    assert world.session.holder == (BO.id if to is BO else ANNA.id)


@ROADS
def test_an_observers_stop_stops_whoever_drives(road: Road) -> None:
    world = driven()

    world.hear(GUEST, encode(m.Stop(id="s", reason="there is a child")), road)
    took_ns, _ = ride_out(world)

    record = world.session._latch.record
    assert record is not None
    assert (record.cause, record.by) == (StopCause.PERSON, GUEST.id)
    assert took_ns <= 620_000_000  # the ramp from full speed, and one tick
    assert pass_time(world, 1000) == 0.0
