"""A show's gestures on the robot: without a lease, but never against staff, STOP, a hand or another gesture."""

import pytest

from teleop_core.ports import Gesture
from teleop_core.profile import SafetyProfile
from teleop_core.session import SHOW
from teleop_core.wire import messages as m
from teleop_core.wire.messages import EventKind, GestureEnd, Refusal, RobotState, Verdict
from tests.teleop_core.game import ANNA, BO, GUEST, STAFF, Game

WAVE = Gesture(name="wave", lasts_ms=2000)
BOW = Gesture(name="bow", lasts_ms=3000, is_large=True)
ABLE = SafetyProfile(gestures=(WAVE, BOW))


def ready() -> Game:
    return Game(profile=ABLE).ready()


def cue(game: Game, name: str | None = "wave", request: str = "c1") -> m.Ack:
    """Let the show ask for a gesture; return what it is answered."""
    game.session.perform(request, name, now_ns=game.now_ns)
    game._deliver()
    to, ack = next((to, said) for to, said in reversed(game.sent) if isinstance(said, m.Ack))
    assert (to, ack.id) == (SHOW, request)
    return ack


def declare(game: Game, *, clear: bool = True, peer: m.Peer = STAFF) -> object:
    refusal = game.say(peer, m.DeclareArea(id=game.next_id(), clear=clear))
    game.run(60)
    return refusal


def kinds(game: Game) -> list[EventKind]:
    return [event.kind for event in game.events]


def test_it_needs_no_lease_and_is_told_to_everybody() -> None:
    game = ready()

    assert cue(game).verdict is Verdict.DONE
    game.run(100)

    assert game.state() is RobotState.GESTURE
    begun = next(event for event in game.events if event.kind is EventKind.GESTURE_BEGUN)
    assert (begun.by, begun.gesture) == (None, "wave")
    game.run(2500)
    assert EventKind.GESTURE_DONE in kinds(game)
    assert game.state() is RobotState.READY


def test_a_large_one_needs_staffs_word_for_the_area() -> None:
    game = ready()

    assert cue(game, "bow").refusal is Refusal.AREA
    assert declare(game) is None
    assert cue(game, "bow").verdict is Verdict.DONE


def test_only_staff_declare_the_area() -> None:
    game = ready()

    for peer in (ANNA, GUEST):
        assert declare(game, peer=peer) is Refusal.ROLE
    assert not game.status.area_clear


def test_staff_take_their_word_back() -> None:
    game = ready()
    declare(game)
    was_clear = game.status.area_clear

    declare(game, clear=False)

    assert (was_clear, game.status.area_clear) == (True, False)
    assert kinds(game)[-2:] == [EventKind.AREA_CLEAR, EventKind.AREA_NOT_CLEAR]


def test_a_stop_takes_the_word_back() -> None:
    game = ready()
    declare(game)
    game.say(GUEST, m.Stop(id="s1"))
    game.run(60)

    assert not game.status.area_clear
    assert kinds(game).count(EventKind.AREA_NOT_CLEAR) == 1
    game.reset()
    game.say(GUEST, m.Stop(id="s2"))
    assert kinds(game).count(EventKind.AREA_NOT_CLEAR) == 1


def test_a_robot_that_is_not_fit_says_so_before_it_asks_for_the_area() -> None:
    assert cue(Game(profile=ABLE).driving(), "bow").refusal is Refusal.MOVING


def test_a_robot_that_cannot_does_not() -> None:
    game = ready()

    assert cue(game, "dance").refusal is Refusal.UNKNOWN_GESTURE
    cue(game)
    assert cue(game, request="c2").refusal is Refusal.GESTURE


def test_a_latched_robot_performs_nothing() -> None:
    game = Game(profile=ABLE)

    assert cue(game).refusal is Refusal.STOPPED


def test_staff_who_switch_gestures_off_switch_off_the_shows_as_well() -> None:
    game = ready()
    game.say(STAFF, m.AllowGestures(id="a1", allowed=False))

    assert cue(game).refusal is Refusal.NOT_ALLOWED


def test_nothing_begins_while_the_robot_drives_or_a_hand_is_on() -> None:
    game = Game(profile=ABLE).driving()

    assert cue(game).refusal is Refusal.MOVING
    assert game.state() is RobotState.DRIVING


def test_nothing_begins_while_the_controls_change_hands() -> None:
    game = Game(profile=ABLE).driving()
    game.say(BO, m.LeaseRequest(id="r1"))
    game.say(STAFF, m.LeaseOffer(id="o1", to=BO.id))
    game.tick()

    assert cue(game).refusal is Refusal.BUSY


@pytest.mark.parametrize("peer", [ANNA, BO])
def test_a_new_lease_breaks_it_off(peer: m.Peer) -> None:
    game = ready()
    cue(game)
    game.run(100)

    game.ask(peer)
    game.run(100)

    ended = [event.ended for event in game.events if event.kind is EventKind.GESTURE_ABORTED]
    assert ended == [GestureEnd.LEASE]


def test_the_show_breaks_off_what_runs_and_is_told_when_nothing_does() -> None:
    game = ready()
    cue(game)
    game.run(100)

    assert cue(game, None, request="c1-off").verdict is Verdict.DONE
    assert cue(game, None, request="c2-off").refusal is Refusal.NO_GESTURE
    ended = [(event.ended, event.by) for event in game.events if event.kind is EventKind.GESTURE_ABORTED]
    assert ended == [(GestureEnd.CANCELLED, SHOW)]


@pytest.mark.parametrize(
    "message",
    [
        m.ShowControl(id="x", act=m.ShowAct.GO, cue=0),
        m.Say(id="x", text="hi", language="en"),
        m.Hush(id="x"),
    ],
)
def test_what_is_the_agents_own_is_refused_by_the_motion_process(message: m.StageMessage) -> None:
    assert ready().say(STAFF, message) is Refusal.MALFORMED


def test_a_show_has_no_persons_id() -> None:
    assert all(peer.id != SHOW for peer in (ANNA, BO, STAFF, GUEST))
