"""Looking about: for whoever drives, and never through a STOP; and moving with the voice, where that is switched on."""

from typing import Any

import msgspec
import pytest

from teleop_core.bearing import LookRange
from teleop_core.ports import Gesture
from teleop_core.profile import SafetyProfile
from teleop_core.wire import messages as m
from teleop_core.wire.messages import Refusal
from tests.teleop_core.game import ANNA, BO, GUEST, STAFF, Game

ABLE = SafetyProfile(
    look=LookRange(pan_rad=1.0, tilt_rad=0.2), co_speech=True, gestures=(Gesture(name="wave", lasts_ms=1000),)
)


def game() -> Game:
    return Game(profile=ABLE).armed()


def look(play: Game, pan_rad: float = 0.5, *, seq: int = 1, peer: m.Peer = ANNA, **changes: object) -> object:
    said = m.Look(epoch=play.epoch, fence=play.session.fence, seq=seq, pan_rad=pan_rad, tilt_rad=0.0)
    return play.say(peer, msgspec.structs.replace(said, **changes))


def pan(play: Game) -> float:
    seen = play.telemetry.look
    assert seen is not None
    return seen.pan_rad


def keep(play: Game, for_ms: int) -> None:
    """Let time pass with the lease kept."""
    play.drive(for_ms, 0.0, dead_man=False)


def test_whoever_drives_looks_about_and_everybody_sees_whither() -> None:
    play = game()

    assert look(play) is None
    keep(play, 1000)

    assert pan(play) == 0.5
    assert play.session.bearing.pan_rad == 0.5


def test_of_two_looks_the_newer_counts() -> None:
    play = game()
    look(play, 0.5, seq=5)
    look(play, -0.5, seq=4)
    look(play, -0.5, seq=5)
    keep(play, 1000)

    assert pan(play) == 0.5


@pytest.mark.parametrize(
    ("peer", "changes", "refusal"),
    [
        (GUEST, {}, Refusal.ROLE),
        (BO, {}, Refusal.NOT_HOLDER),
        (STAFF, {}, Refusal.NOT_HOLDER),
        (ANNA, {"epoch": "e9"}, Refusal.WRONG_EPOCH),
        (ANNA, {"fence": 999}, Refusal.WRONG_FENCE),
    ],
)
def test_nobody_else_does(peer: m.Peer, changes: dict[str, Any], refusal: Refusal) -> None:
    play = game()

    assert look(play, peer=peer, **changes) is refusal
    keep(play, 500)
    assert pan(play) == 0.0


def test_a_stop_leaves_it_and_nothing_turns_while_it_is_latched() -> None:
    play = game()
    look(play)
    keep(play, 200)
    play.say(GUEST, m.Stop(id="s"))
    was = pan(play)
    assert look(play, 1.0, seq=9) is Refusal.STOPPED
    play.run(1000)

    assert 0.0 < pan(play) <= 0.5
    assert abs(pan(play) - was) < 0.1


def test_it_turns_back_when_nobody_drives_and_the_next_begins_anew() -> None:
    play = game()
    look(play, 0.5, seq=100)
    keep(play, 1000)
    play.say(ANNA, m.LeaseReturn(id="r", fence=play.session.fence))
    play.run(3000)
    assert pan(play) == 0.0
    play.armed(BO)

    assert look(play, 0.25, seq=1, peer=BO) is None
    play.drive(1000, 0.0, peer=BO, dead_man=False)
    assert pan(play) == 0.25


def test_an_agent_that_is_silent_turns_nothing() -> None:
    play = game()
    look(play)
    play.agent_alive = False
    play.run(140)
    was = play.session.bearing
    play.run(200)

    assert play.session.bearing.pan_rad == was.pan_rad


def test_a_robot_that_cannot_look_says_nothing_of_it() -> None:
    play = Game().armed()
    look(play)
    keep(play, 500)

    assert play.telemetry.look is None


def speak(play: Game, for_ms: int = 300) -> float:
    for _ in range(for_ms // 20):
        play.session.voice_heard(1.0, now_ns=play.now_ns)
        keep(play, 20)
    return play.session.bearing.talk


def test_it_moves_with_the_voice_once_that_is_switched_on() -> None:
    play = game()
    assert speak(play) == 0.0
    for peer, refusal in ((GUEST, Refusal.ROLE), (ANNA, None)):
        assert play.say(peer, m.MoveWithVoice(id=play.next_id(), on=True)) is refusal
    assert speak(play) == 1.0
    assert play.status.co_speech
    play.say(STAFF, m.MoveWithVoice(id=play.next_id(), on=False))

    assert speak(play) == 0.0


def test_it_keeps_still_while_it_performs_and_when_it_cannot() -> None:
    play = game()
    play.say(ANNA, m.MoveWithVoice(id=play.next_id(), on=True))
    play.session.perform("c1", "wave", now_ns=play.now_ns)
    assert speak(play) == 0.0
    stiff = Game(profile=SafetyProfile()).armed()
    stiff.say(ANNA, m.MoveWithVoice(id=stiff.next_id(), on=True))

    assert speak(stiff) == 0.0


def test_another_robot_has_another_reach() -> None:
    play = game()
    play.session.robot_is(SafetyProfile(look=LookRange(pan_rad=0.1)), now_ns=play.now_ns)
    play.run(100)
    play.armed()
    look(play, seq=1)
    keep(play, 1000)

    assert pan(play) == 0.1
