"""Threat 20: a gesture while moving, unknown, during STOP, or two at once. Expected: refused; each has a time cap."""

import random

import pytest

from prove.people import ANNA, BO, STAFF, Person
from prove.performing import BOW, WAVE
from prove.phases import Phase, bring_to
from prove.world import Stage, World
from teleop_core.geometry import Twist
from teleop_core.timebase import ms, seconds
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import Refusal, Road, RobotState
from tests.threats.house import driven, pass_time, refused, ride_out


def house(phase: Phase) -> tuple[World, Person]:
    """Return a house in `phase`, over perfect roads, and Anna in it."""
    world = World(random.Random(20), Stage())
    bring_to(world, phase)
    return world, world.people[ANNA.id]


def performs(world: World) -> str | None:
    """Return which gesture the robot performs at this instant."""
    return world.session.wanted_gesture.name


def is_refused(world: World, who: m.Peer, why: Refusal, *, name: str = WAVE.name, code: str | None = None) -> bool:
    """Have somebody ask for a gesture with the token in force; return whether it was refused for this reason."""
    before = refused(world, why)
    number = sum(world.session.refused.values())
    wish = m.GestureBegin(
        id=f"wrong-{number}-{world.now_ns}",
        epoch=world.session.memory.epoch,
        fence=world.session.fence,
        name=name,
        code=code,
    )
    world.hear(who, encode(wish), Road.DIRECT)
    return refused(world, why) == before + 1


def test_while_it_moves_none_begins_and_the_robot_drives_on() -> None:
    world = driven()

    assert is_refused(world, ANNA, Refusal.MOVING)
    assert pass_time(world, 200) > 0.1
    assert performs(world) is None


def test_while_the_hand_is_on_none_begins_even_where_the_robot_stands() -> None:
    world, anna = house(Phase.ARMING)
    pass_time(world, 300)
    anna.hold(Twist())
    pass_time(world, 100)

    assert is_refused(world, ANNA, Refusal.HAND_ON)


def test_what_the_robot_does_not_know_does_not_begin() -> None:
    world, _ = house(Phase.LEASED)

    assert is_refused(world, ANNA, Refusal.UNKNOWN_GESTURE, name="somersault")


def test_during_a_stop_none_begins() -> None:
    world, _ = house(Phase.LEASED)
    fence = world.session.fence
    world.people[STAFF.id].session.stop(now_ns=world.now_ns)
    pass_time(world, 60)

    assert is_refused(world, ANNA, Refusal.STOPPED)
    assert world.session.fence > fence


def test_two_never_run_at_once_nor_does_the_second_wait_for_the_first() -> None:
    world, _ = house(Phase.PERFORMING)

    assert is_refused(world, ANNA, Refusal.GESTURE)
    assert is_refused(world, ANNA, Refusal.GESTURE, name=BOW.name)
    pass_time(world, 2 * WAVE.lasts_ms)
    assert performs(world) is None


@pytest.mark.parametrize("who", [BO, STAFF])
def test_only_whoever_drives_begins_one(who: m.Peer) -> None:
    world, _ = house(Phase.LEASED)

    assert is_refused(world, who, Refusal.NOT_HOLDER)


def test_a_large_one_needs_two_steps_of_one_person_within_five_seconds() -> None:
    world, anna = house(Phase.LEASED)
    anna.begin_gesture(BOW.name, now_ns=world.now_ns)
    pass_time(world, 100)
    assert performs(world) is None
    offer = None if anna.session.status is None else anna.session.status.gesture_offer
    assert offer is not None
    assert is_refused(world, ANNA, Refusal.WRONG_CODE, name=BOW.name, code="guessed")
    pass_time(world, 5000)

    assert is_refused(world, ANNA, Refusal.EXPIRED, name=BOW.name, code=offer.code)
    anna.begin_gesture(BOW.name, now_ns=world.now_ns)
    pass_time(world, 100)
    anna.begin_gesture(BOW.name, now_ns=world.now_ns)
    pass_time(world, 40)
    assert performs(world) == BOW.name


def test_one_that_never_ends_is_broken_off_and_the_robot_can_be_driven_again() -> None:
    world, anna = house(Phase.LEASED)
    world.body.hangs = True
    anna.begin_gesture(WAVE.name, now_ns=world.now_ns)
    pass_time(world, 40)
    began_ns = world.now_ns
    while performs(world) is not None:
        pass_time(world, 20)

    cap_ns = ms(WAVE.lasts_ms) * 5 // 4 + seconds(1)
    assert cap_ns - ms(40) <= world.now_ns - began_ns <= cap_ns + ms(20)
    assert not world.session.is_latched
    pass_time(world, 400)
    anna.hold(Twist(0.4))
    pass_time(world, 200)
    assert world.told.vx_mps > 0.0


def test_pushing_the_stick_meanwhile_moves_nothing_until_it_was_let_go() -> None:
    world, anna = house(Phase.PERFORMING)
    anna.hold(Twist(0.6))

    assert pass_time(world, 3 * WAVE.lasts_ms) == 0.0
    assert performs(world) is None


@pytest.mark.parametrize("who", [ANNA, BO, STAFF])
def test_anybodys_stop_breaks_it_off_at_once(who: m.Peer) -> None:
    world, _ = house(Phase.PERFORMING)
    world.hear(who, encode(m.Stop(id="stop")), Road.BRIDGE)

    assert performs(world) is None
    pass_time(world, 60)
    assert not world.body.is_performing
    assert world.session.state is RobotState.STOPPED


def test_it_is_not_there_any_more_when_somebody_else_drives_nor_after_a_restart() -> None:
    world, _ = house(Phase.PERFORMING)
    staff = world.people[STAFF.id].session
    staff.request(m.LeaseTake(id=staff.new_id()), now_ns=world.now_ns)
    pass_time(world, 40)
    assert performs(world) is None
    again, _ = house(Phase.PERFORMING)
    again.restart(remembers=True)

    assert performs(again) is None


def test_what_was_asked_for_before_the_ramp_is_not_kept_until_after_it() -> None:
    world = driven()
    anna = world.people[ANNA.id]
    anna.let_go()
    anna.begin_gesture(WAVE.name, now_ns=world.now_ns)
    ride_out(world)
    pass_time(world, 500)

    assert performs(world) is None
