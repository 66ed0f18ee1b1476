"""Threat 22: two of the staff take the controls at once while the robot moves. Expected: zero first, one winner."""

from prove.people import ANNA, GUEST, STAFF
from prove.world import Stage, World
from teleop_core.geometry import Twist
from teleop_core.timebase import ms
from teleop_core.wire import messages as m
from teleop_core.wire.messages import Verdict
from tests.threats.house import driven, pass_time, ride_out

OTHER = m.Peer(id="other-staff", role=m.Role.STAFF, name="Somebody else of the staff")
STANDS_NS = ms(500)


def taken_twice() -> tuple[World, dict[str, str]]:
    """Return a house in which both took in the same instant from a robot at full speed, and what they were to hear."""
    world = driven(Stage(peers=(ANNA, STAFF, OTHER, GUEST)))
    asked = {}
    for peer in (OTHER, STAFF):
        session = world.people[peer.id].session
        asked[peer.id] = session.request(m.LeaseTake(id=session.new_id()), now_ns=world.now_ns)
    pass_time(world, 20)
    return world, asked


def test_it_ramps_to_zero_and_stands_before_anybody_has_the_lease() -> None:
    world, _ = taken_twice()

    while not world.told.is_still():
        assert world.session.holder is None
        pass_time(world, 20)
    began_ns = world.now_ns
    while world.session.holder is None:
        pass_time(world, 20)

    assert STANDS_NS - ms(40) <= world.now_ns - began_ns <= STANDS_NS + ms(40)


def test_there_is_one_winner_and_the_other_is_told_so() -> None:
    world, asked = taken_twice()
    ride_out(world)
    pass_time(world, 1000)

    verdicts = {}
    for peer, request in asked.items():
        answer = world.people[peer].session.answer(request)
        assert isinstance(answer, m.Ack)
        verdicts[peer] = answer.verdict
    assert sorted(verdict.value for verdict in verdicts.values()) == ["pending", "refused"]
    assert world.session.holder == next(peer for peer, verdict in verdicts.items() if verdict is Verdict.PENDING)


def test_hands_that_all_hold_on_move_nothing() -> None:
    world, _ = taken_twice()
    for peer in (ANNA, STAFF, OTHER):
        world.people[peer.id].hold(Twist(0.6))
    ride_out(world)

    assert pass_time(world, 3000) == 0.0
