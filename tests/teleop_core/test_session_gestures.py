"""Gestures on the robot: by whom, when, what ends them, and that nothing drives meanwhile."""

from dataclasses import replace

import pytest

from teleop_core.ports import Gesture, GestureOutcome
from teleop_core.profile import SafetyProfile
from teleop_core.session import Memory
from teleop_core.wire import messages as m
from teleop_core.wire.messages import EventKind, GestureEnd, Limit, Refusal, RobotState, StopCause, Verdict
from tests.teleop_core.game import ANNA, BO, GUEST, STAFF, Game

WAVE = Gesture(name="wave", lasts_ms=2000)
BOW = Gesture(name="bow", lasts_ms=3000, is_large=True)
ABLE = SafetyProfile(gestures=(WAVE, BOW))


def game(*, memory: Memory | None = None, epoch: str = "e1", profile: SafetyProfile = ABLE) -> Game:
    return Game(profile=profile, memory=memory, epoch=epoch)


def leased() -> Game:
    return game().armed()


def begin(
    game: Game,
    name: str = "wave",
    *,
    peer: m.Peer = ANNA,
    code: str | None = None,
    fence: int | None = None,
    epoch: str | None = None,
) -> object:
    return game.say(
        peer,
        m.GestureBegin(
            id=game.next_id(),
            epoch=game.epoch if epoch is None else epoch,
            fence=game.session.fence if fence is None else fence,
            name=name,
            code=code,
        ),
    )


def waving() -> Game:
    """A game in which the robot has begun to wave."""
    made = leased()
    assert begin(made) is None
    made.drive(100, 0.0, dead_man=False)
    assert made.state() is RobotState.GESTURE
    return made


def ends(game: Game) -> list[tuple[EventKind, str | None, GestureEnd | None]]:
    kinds = {EventKind.GESTURE_DONE, EventKind.GESTURE_ABORTED}
    return [(each.kind, each.gesture, each.ended) for each in game.events if each.kind in kinds]


def aborted(ended: GestureEnd) -> list[tuple[EventKind, str | None, GestureEnd | None]]:
    return [(EventKind.GESTURE_ABORTED, "wave", ended)]


# --- One that goes well ---


def test_a_gesture_begins_runs_with_progress_and_is_done() -> None:
    made = leased()

    assert begin(made) is None
    assert made.answer().verdict is Verdict.DONE
    assert made.session.wanted_gesture.name == "wave"
    made.drive(1020, 0.0, dead_man=False)
    assert made.telemetry.gesture == m.GestureRun(name="wave", progress=0.5)
    assert (made.state(), made.limit()) == (RobotState.GESTURE, Limit.GESTURE)
    made.drive(1040, 0.0, dead_man=False)

    assert made.gesture() is None
    assert ends(made) == [(EventKind.GESTURE_DONE, "wave", None)]
    assert [(e.by, e.gesture) for e in made.events if e.kind is EventKind.GESTURE_BEGUN] == [("anna", "wave")]
    assert made.state() is RobotState.LEASED


def test_a_large_one_takes_two_steps() -> None:
    made = leased()

    assert begin(made, "bow") is None
    assert made.answer().verdict is Verdict.PENDING
    made.tick()
    offer = made.status.gesture_offer
    assert offer is not None
    assert (offer.name, offer.by, offer.expires_in_ms) == ("bow", "anna", 4980)
    assert made.session.wanted_gesture.name is None
    assert begin(made, "bow", code=offer.code) is None
    assert made.answer().verdict is Verdict.DONE
    made.tick()
    assert made.status.gesture_offer is None
    assert made.state() is RobotState.GESTURE


def test_the_code_of_a_robots_earlier_life_begins_nothing() -> None:
    made = leased()
    begin(made, "bow")
    made.tick()
    offer = made.status.gesture_offer
    assert offer is not None

    again = game(memory=made.session.memory, epoch="e2").armed()
    begin(again, "bow")
    assert begin(again, "bow", code=offer.code) is Refusal.WRONG_CODE


# --- Refusals ---


def test_a_robot_without_gestures_knows_none() -> None:
    assert begin(game(profile=SafetyProfile()).armed()) is Refusal.UNKNOWN_GESTURE


def test_no_gesture_without_the_lease_the_fence_and_the_epoch() -> None:
    made = leased()

    assert begin(made, peer=BO) is Refusal.NOT_HOLDER
    assert begin(made, peer=STAFF) is Refusal.NOT_HOLDER
    assert begin(made, peer=GUEST) is Refusal.NOT_HOLDER
    assert begin(made, fence=made.session.fence - 1) is Refusal.WRONG_FENCE
    assert begin(made, epoch="e0") is Refusal.WRONG_EPOCH
    assert begin(made, "somersault") is Refusal.UNKNOWN_GESTURE
    assert made.session.wanted_gesture.run == 0


def test_no_gesture_while_driving_nor_while_it_still_rolls() -> None:
    made = game().driving()

    assert begin(made) is Refusal.MOVING
    made.drive(100, 0.0, dead_man=False)
    assert made.speed_mps > 0.0
    assert begin(made) is Refusal.MOVING


def test_no_gesture_while_the_hand_is_on_even_where_it_asks_for_nothing() -> None:
    made = leased()
    made.drive(60, 0.0)

    assert begin(made) is Refusal.HAND_ON
    made.run(1000)  # she is not heard any more, and nobody saw her let go
    assert begin(made) is Refusal.HAND_ON


def test_no_gesture_during_a_stop() -> None:
    made = leased()
    fence = made.session.fence
    made.say(GUEST, m.Stop(id="stop-1"))

    assert begin(made, fence=fence) is Refusal.STOPPED


def test_no_second_gesture() -> None:
    made = waving()

    assert begin(made) is Refusal.GESTURE
    assert begin(made, "bow") is Refusal.GESTURE


def test_no_gesture_while_the_last_one_has_not_come_to_rest() -> None:
    made = waving()
    made.performs = False
    made.say(ANNA, m.GestureCancel(id="c1"))
    made.tick()

    assert begin(made) is Refusal.MOVING


def test_no_gesture_where_staff_should_watch_and_do_not() -> None:
    made = game(profile=SafetyProfile(gestures=(WAVE,), needs_staff=True))

    def watch() -> None:
        made.say(STAFF, m.Watch(epoch=made.epoch, beacon=made.telemetry.tick))

    for _ in range(60):
        watch()
        made.tick()
    assert made.reset() is None
    assert made.ask() is None
    made.drive(1000, 0.0, dead_man=False)

    assert made.limit() is Limit.NO_STAFF
    assert begin(made) is Refusal.NO_STAFF


def test_no_gesture_of_a_robot_that_says_nothing() -> None:
    made = leased()
    made.now_ns += made.timing.robot_silence_ns

    assert begin(made) is Refusal.NO_REPORT


# --- Never while driving ---


def test_while_a_gesture_runs_nothing_moves_and_the_hand_must_have_been_off_after_it() -> None:
    made = waving()

    for _ in range(90):
        made.drive(20, 0.5)
        assert made.speed_mps == 0.0
        assert made.limit() is Limit.GESTURE
    made.drive(400, 0.5)
    assert ends(made) == [(EventKind.GESTURE_DONE, "wave", None)]
    assert (made.speed_mps, made.limit()) == (0.0, Limit.NOT_NEUTRAL)
    made.drive(320, 0.0, dead_man=False)
    made.drive(100, 0.5)
    assert made.speed_mps > 0.0


def test_a_hand_that_had_the_power_loses_it_and_no_hold_is_told() -> None:
    made = waving()

    assert [each for each in made.events if each.kind is EventKind.HOLD] == []


# --- What ends it ---


@pytest.mark.parametrize("peer", [ANNA, STAFF])
def test_who_drives_and_staff_cancel(peer: m.Peer) -> None:
    made = waving()

    assert made.say(peer, m.GestureCancel(id="c1")) is None
    assert made.session.wanted_gesture.name is None
    made.run(60)
    assert ends(made) == aborted(GestureEnd.CANCELLED)
    assert [e.by for e in made.events if e.kind is EventKind.GESTURE_ABORTED] == [peer.id]
    assert made.telemetry.gesture is None


@pytest.mark.parametrize("peer", [BO, GUEST])
def test_nobody_else_cancels(peer: m.Peer) -> None:
    made = waving()

    assert made.say(peer, m.GestureCancel(id="c1")) is Refusal.NOT_HOLDER
    assert made.session.wanted_gesture.name == "wave"


@pytest.mark.parametrize("peer", [ANNA, STAFF, GUEST])
def test_anybodys_stop_ends_it_before_anything_is_said(peer: m.Peer) -> None:
    made = waving()

    made.say(peer, m.Stop(id="stop-1"))
    assert made.session.wanted_gesture.name is None
    assert made.session.wanted_gesture.why == "stopped"
    made.tick()
    assert made.state() is RobotState.STOPPED
    assert ends(made) == aborted(GestureEnd.STOPPED)


def test_a_stop_is_not_over_before_the_arm_rests() -> None:
    made = waving()
    made.performs = False
    made.say(STAFF, m.Stop(id="stop-1"))
    made.run(100)

    assert made.state() is RobotState.STOPPING
    assert made.reset() is Refusal.MOVING
    made.performs = True
    made.run(40)
    assert made.state() is RobotState.STOPPED
    assert made.reset() is None


def test_a_take_ends_it_and_the_new_driver_comes_after_half_a_second_of_rest() -> None:
    made = waving()

    assert made.say(STAFF, m.LeaseTake(id="t1")) is None
    assert made.session.wanted_gesture.name is None
    made.run(460)
    assert made.holder() is None
    made.run(100)
    assert made.holder() == "staff"
    assert ends(made) == aborted(GestureEnd.LEASE)


def test_a_revocation_ends_it() -> None:
    made = waving()
    made.say(STAFF, m.LeaseRevoke(id="r1"))

    assert made.session.wanted_gesture.name is None
    assert ends(made) == aborted(GestureEnd.LEASE)


def test_muting_who_began_it_ends_it() -> None:
    made = waving()
    made.say(STAFF, m.Mute(id="m1", peer=ANNA.id, muted=True))

    assert ends(made) == aborted(GestureEnd.LEASE)


def test_it_outlives_its_drivers_link_and_then_the_robot_stands() -> None:
    made = waving()
    made.run(1960)

    assert made.holder() == "anna"
    assert ends(made) == [(EventKind.GESTURE_DONE, "wave", None)]
    made.run(200)
    assert made.holder() is None
    assert made.speed_mps == 0.0
    assert made.state() is RobotState.READY


def test_a_lease_that_expires_or_comes_back_lets_it_finish() -> None:
    long = SafetyProfile(gestures=(Gesture(name="wave", lasts_ms=6000),))
    expired = game(profile=long).armed()
    begin(expired)
    expired.run(2500)
    returned = game(profile=long).armed()
    begin(returned)
    returned.say(ANNA, m.LeaseReturn(id="back", fence=returned.session.fence))
    returned.run(2500)

    for each in (expired, returned):
        assert each.session.holder is None
        assert each.state() is RobotState.GESTURE
        assert begin(each, fence=each.session.fence) is Refusal.NOT_HOLDER
        each.run(3600)
        assert ends(each) == [(EventKind.GESTURE_DONE, "wave", None)]
        assert each.state() is RobotState.READY


def test_whoever_asks_for_the_lease_after_that_waits_for_rest_and_ends_it() -> None:
    made = game(profile=SafetyProfile(gestures=(Gesture(name="wave", lasts_ms=6000),))).armed()
    begin(made)
    made.run(2500)

    assert made.ask(BO) is None
    assert made.answer().verdict is Verdict.PENDING
    made.run(600)
    assert made.holder() == "bo"
    assert ends(made) == aborted(GestureEnd.LEASE)


def test_a_hand_over_to_who_waits_in_line_ends_it() -> None:
    made = waving()
    made.ask(BO)
    made.say(ANNA, m.LeaseReturn(id="back", fence=made.session.fence))

    assert ends(made) == aborted(GestureEnd.LEASE)


def test_an_agent_that_falls_silent_latches_and_ends_it() -> None:
    made = waving()
    made.agent_alive = False
    made.run(480)
    assert made.state() is RobotState.GESTURE
    made.run(40)

    assert made.is_latched()
    assert ends(made) == aborted(GestureEnd.STOPPED)


def test_a_fault_of_the_robot_ends_it() -> None:
    made = waving()
    made.faults = ("motor fault",)
    made.tick()

    assert made.session.wanted_gesture.name is None
    assert made.status.latch is not None
    assert made.status.latch.cause is StopCause.DRIVER_FAULT


def test_staff_who_stop_watching_end_it() -> None:
    made = game(profile=SafetyProfile(gestures=(WAVE,), needs_staff=True))

    def live(for_ms: int, *, watched: bool = True) -> None:
        for _ in range(for_ms // 20):
            if watched:
                made.say(STAFF, m.Watch(epoch=made.epoch, beacon=made.telemetry.tick))
            made.drive(20, 0.0, dead_man=False)

    live(100)
    assert made.reset() is None
    live(600)
    made.ask()
    live(100)
    assert begin(made) is None
    live(200)
    assert made.state() is RobotState.GESTURE
    live(1060, watched=False)
    assert made.state() is not RobotState.GESTURE
    assert ends(made) == aborted(GestureEnd.NO_STAFF)
    assert not made.is_latched()


def test_one_that_takes_too_long_is_cancelled_and_told() -> None:
    made = leased()
    made.performs = False
    begin(made)
    made.drive(3480, 0.0, dead_man=False)
    assert made.state() is RobotState.GESTURE
    made.drive(40, 0.0, dead_man=False)

    assert ends(made) == aborted(GestureEnd.OVERRAN)
    assert not made.is_latched()
    assert made.state() is RobotState.HOLD


def test_a_driver_that_refuses_it_is_told_and_latches_nothing() -> None:
    made = leased()
    begin(made)
    made.session.gesture_failed(made.session.wanted_gesture.run, detail="an arm is warm")
    made.tick()

    assert ends(made) == aborted(GestureEnd.FAILED)
    assert [e.detail for e in made.events if e.kind is EventKind.GESTURE_ABORTED] == ["an arm is warm"]
    assert not made.is_latched()


def test_whatever_words_a_robot_has_for_its_failure_can_be_told() -> None:
    made = waving()
    made.performs = False
    assert made.performance is not None
    made.performance = replace(made.performance, outcome=GestureOutcome.FAILED, detail="\ud800 warm " * 100)
    made.tick()

    assert ends(made) == aborted(GestureEnd.FAILED)
    assert [len(e.detail) for e in made.events if e.kind is EventKind.GESTURE_ABORTED] == [300]


def test_another_robot_behind_the_driver_knows_other_gestures() -> None:
    made = waving()
    made.profile = SafetyProfile(gestures=(BOW, WAVE))
    made.session.robot_is(SafetyProfile(gestures=(BOW,)), now_ns=made.now_ns)
    assert made.session.wanted_gesture.name is None
    made.run(600)
    made.armed()

    assert begin(made) is Refusal.UNKNOWN_GESTURE
    assert begin(made, "bow") is None


def test_after_a_restart_nothing_runs() -> None:
    made = waving()
    again = game(memory=made.session.memory, epoch="e2")

    assert again.session.wanted_gesture.name is None
    assert again.telemetry.gesture is None


# --- What staff allow ---


def test_staff_switch_gestures_off_and_on_and_everybody_is_told() -> None:
    made = waving()

    assert made.say(STAFF, m.AllowGestures(id="a1", allowed=False)) is None
    assert made.session.wanted_gesture.name is None
    made.run(60)
    assert not made.allows_gestures()
    assert begin(made) is Refusal.NOT_ALLOWED
    assert made.say(STAFF, m.AllowGestures(id="a2", allowed=True)) is None
    made.run(60)
    assert made.allows_gestures()
    assert begin(made) is None
    kinds = {EventKind.GESTURES_OFF, EventKind.GESTURES_ON}
    assert [(e.kind, e.by) for e in made.events if e.kind in kinds] == [
        (EventKind.GESTURES_OFF, "staff"),
        (EventKind.GESTURES_ON, "staff"),
    ]
    assert ends(made) == aborted(GestureEnd.NOT_ALLOWED)


@pytest.mark.parametrize("peer", [ANNA, GUEST])
def test_nobody_else_switches_them(peer: m.Peer) -> None:
    made = leased()

    assert made.say(peer, m.AllowGestures(id="a1", allowed=False)) is Refusal.ROLE
    assert made.session.memory.gestures_allowed


def test_what_staff_switched_off_outlives_a_restart() -> None:
    made = leased()
    made.say(STAFF, m.AllowGestures(id="a1", allowed=False))
    assert not made.session.memory.gestures_allowed

    again = game(memory=made.session.memory, epoch="e2").armed()
    assert begin(again) is Refusal.NOT_ALLOWED
    assert not again.status.gestures_allowed


# --- Copies ---


def test_a_repeated_request_begins_nothing_twice() -> None:
    made = leased()
    request = m.GestureBegin(id="g-1", epoch=made.epoch, fence=made.session.fence, name="wave")
    made.say(ANNA, request)
    made.drive(2100, 0.0, dead_man=False)
    assert ends(made) == [(EventKind.GESTURE_DONE, "wave", None)]

    assert made.say(ANNA, request) is None
    assert made.answer() == m.Ack(id="g-1", verdict=Verdict.DONE)
    made.drive(100, 0.0, dead_man=False)
    assert made.state() is RobotState.LEASED
