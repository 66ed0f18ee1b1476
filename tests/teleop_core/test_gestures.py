"""Gestures, one act at a time: which may begin, what ends them, and what the robot is told."""

import math
from dataclasses import replace

import pytest

from teleop_core.gestures import Fitness, GestureEvent, Gestures, OfferedGesture, Wanted
from teleop_core.ports import Gesture, GestureOutcome, Performance
from teleop_core.timebase import ms, seconds
from teleop_core.timing import Timing
from teleop_core.wire.messages import EventKind, GestureEnd, Refusal

WAVE = Gesture(name="wave", lasts_ms=2000)
BOW = Gesture(name="bow", lasts_ms=4000, is_large=True)
FIT = Fitness(still=True, hand_on=False, watched=True, heard=True)
T0 = seconds(10)


@pytest.fixture
def gestures() -> Gestures:
    return Gestures(repertoire=(WAVE, BOW), timing=Timing(), code_prefix="g7-")


def ask(
    gestures: Gestures, name: str = "wave", code: str | None = None, *, peer: str = "anna", at_ns: int = T0
) -> Refusal | None:
    return gestures.ask(name, code, peer=peer, fitness=FIT, now_ns=at_ns)


def runs(gestures: Gestures) -> bool:
    return gestures.is_running


def begun(name: str = "wave", *, by: str = "anna") -> GestureEvent:
    return GestureEvent(kind=EventKind.GESTURE_BEGUN, name=name, by=by)


def aborted(ended: GestureEnd, *, by: str | None = None, detail: str = "") -> GestureEvent:
    return GestureEvent(kind=EventKind.GESTURE_ABORTED, name="wave", by=by, ended=ended, detail=detail)


def says(gestures: Gestures, outcome: GestureOutcome | None = None, **changes: object) -> None:
    told = Performance(run=gestures.wanted.run, name="wave", outcome=outcome)
    gestures.reported(replace(told, **changes))  # type: ignore[arg-type]


# --- Beginning ---


def test_at_first_nothing_runs_and_nothing_is_wanted(gestures: Gestures) -> None:
    assert gestures.running is None
    assert not runs(gestures)
    assert gestures.wanted == Wanted(run=0, name=None, why="")
    assert gestures.offered(now_ns=T0) is None
    assert gestures.take_events() == []


def test_a_small_gesture_begins_at_once(gestures: Gestures) -> None:
    assert ask(gestures) is None

    assert runs(gestures)
    assert gestures.running is not None
    assert (gestures.running.gesture, gestures.running.progress) == (WAVE, 0.0)
    assert gestures.wanted == Wanted(run=1, name="wave")
    assert gestures.take_events() == [begun()]
    assert gestures.take_events() == []


def test_each_run_has_a_number_of_its_own(gestures: Gestures) -> None:
    ask(gestures)
    says(gestures, GestureOutcome.DONE)
    ask(gestures)

    assert gestures.wanted == Wanted(run=2, name="wave")


def test_what_the_robot_does_not_know_is_refused(gestures: Gestures) -> None:
    assert ask(gestures, "somersault") is Refusal.UNKNOWN_GESTURE
    assert not runs(gestures)


def test_there_are_never_two(gestures: Gestures) -> None:
    ask(gestures)

    assert ask(gestures) is Refusal.GESTURE
    assert ask(gestures, "bow") is Refusal.GESTURE
    assert gestures.wanted.run == 1


@pytest.mark.parametrize(
    ("unfit", "why"),
    [
        (replace(FIT, still=False), Refusal.MOVING),
        (replace(FIT, hand_on=True), Refusal.HAND_ON),
        (replace(FIT, watched=False), Refusal.NO_STAFF),
        (replace(FIT, heard=False), Refusal.NO_REPORT),
    ],
)
@pytest.mark.parametrize("name", ["wave", "bow"])
def test_the_robot_must_be_fit_for_it(gestures: Gestures, unfit: Fitness, why: Refusal, name: str) -> None:
    assert gestures.ask(name, None, peer="anna", fitness=unfit, now_ns=T0) is why
    assert not runs(gestures)
    assert gestures.offered(now_ns=T0) is None
    assert gestures.take_events() == []


def test_another_robot_knows_other_gestures(gestures: Gestures) -> None:
    gestures.learn((BOW,))

    assert ask(gestures) is Refusal.UNKNOWN_GESTURE
    assert ask(gestures, "bow") is None


# --- Two steps ---


def test_a_large_gesture_is_only_offered_at_first(gestures: Gestures) -> None:
    assert ask(gestures, "bow") is None

    assert not runs(gestures)
    assert gestures.wanted.name is None
    expected = OfferedGesture(name="bow", by="anna", code="g7-1", expires_ns=T0 + seconds(5))
    assert gestures.offered(now_ns=T0) == expected
    assert gestures.take_events() == []


def test_its_code_begins_it_within_five_seconds(gestures: Gestures) -> None:
    ask(gestures, "bow")

    assert ask(gestures, "bow", "g7-1", at_ns=T0 + seconds(5) - 1) is None
    assert gestures.wanted == Wanted(run=1, name="bow")
    assert gestures.offered(now_ns=T0) is None
    assert gestures.take_events() == [begun("bow")]


def test_after_five_seconds_it_has_lapsed(gestures: Gestures) -> None:
    ask(gestures, "bow")

    assert gestures.offered(now_ns=T0 + seconds(5)) is None
    assert ask(gestures, "bow", "g7-1", at_ns=T0 + seconds(5)) is Refusal.EXPIRED
    assert not runs(gestures)


def test_a_code_counts_for_its_gesture_its_peer_and_itself_only() -> None:
    gestures = Gestures(repertoire=(WAVE, BOW, replace(BOW, name="bow-low")), timing=Timing())
    ask(gestures, "bow")

    assert ask(gestures, "bow", "g2") is Refusal.WRONG_CODE
    assert ask(gestures, "bow", "g1", peer="bo") is Refusal.WRONG_CODE
    assert ask(gestures, "bow-low", "g1") is Refusal.WRONG_CODE
    assert ask(gestures, "bow", "g1") is None


def test_asking_again_gives_another_code_and_ends_the_first(gestures: Gestures) -> None:
    ask(gestures, "bow")
    ask(gestures, "bow")

    assert ask(gestures, "bow", "g7-1") is Refusal.WRONG_CODE
    assert ask(gestures, "bow", "g7-2") is None


def test_the_second_step_asks_for_the_same_fitness(gestures: Gestures) -> None:
    ask(gestures, "bow")

    assert gestures.ask("bow", "g7-1", peer="anna", fitness=replace(FIT, still=False), now_ns=T0) is Refusal.MOVING
    assert not runs(gestures)


def test_a_small_gesture_needs_no_code_and_takes_what_is_on_offer_with_it(gestures: Gestures) -> None:
    ask(gestures, "bow")

    assert ask(gestures, "wave", "whatever") is None
    assert gestures.offered(now_ns=T0) is None


def test_what_aborts_takes_an_offer_too(gestures: Gestures) -> None:
    ask(gestures, "bow")
    gestures.abort(GestureEnd.STOPPED)

    assert ask(gestures, "bow", "g7-1") is Refusal.EXPIRED
    assert gestures.take_events() == []
    assert gestures.wanted == Wanted(run=0, name=None, why="")


# --- How it goes ---


@pytest.mark.parametrize(
    ("said", "known"), [(0.25, 0.25), (-1.0, 0.0), (7.0, 1.0), (math.nan, 0.0), (math.inf, 0.0), (-math.inf, 0.0)]
)
def test_progress_is_what_the_robot_says_within_bounds(gestures: Gestures, said: float, known: float) -> None:
    ask(gestures)
    says(gestures, progress=said)

    assert gestures.running is not None
    assert gestures.running.progress == known
    assert gestures.running.over_ns == T0 + seconds(3.5)


def test_it_is_done_when_the_robot_says_so(gestures: Gestures) -> None:
    ask(gestures)
    says(gestures, GestureOutcome.DONE)

    assert not runs(gestures)
    assert gestures.wanted == Wanted(run=1, name=None, why="done")
    assert gestures.take_events() == [begun(), GestureEvent(kind=EventKind.GESTURE_DONE, name="wave")]


@pytest.mark.parametrize("outcome", [GestureOutcome.CUT, GestureOutcome.FAILED])
def test_it_has_failed_when_the_robot_broke_it_off(gestures: Gestures, outcome: GestureOutcome) -> None:
    ask(gestures)
    says(gestures, outcome, detail="an arm is warm")

    assert not runs(gestures)
    assert gestures.take_events() == [begun(), aborted(GestureEnd.FAILED, detail="an arm is warm")]


def test_what_the_robot_says_of_an_earlier_run_counts_no_more(gestures: Gestures) -> None:
    ask(gestures)
    says(gestures, GestureOutcome.DONE, run=0)
    says(gestures, GestureOutcome.DONE, run=2)
    gestures.reported(None)

    assert runs(gestures)


def test_what_it_says_with_nothing_wanted_is_nothing(gestures: Gestures) -> None:
    gestures.reported(Performance(run=0, name="wave", outcome=GestureOutcome.DONE))

    assert gestures.take_events() == []


def test_a_driver_that_refuses_ends_the_run_that_it_was_told_of(gestures: Gestures) -> None:
    ask(gestures)
    gestures.could_not_begin(0, detail="not now")
    assert runs(gestures)

    gestures.could_not_begin(1, detail="not now")
    assert not runs(gestures)
    assert gestures.take_events() == [begun(), aborted(GestureEnd.FAILED, detail="not now")]


# --- What ends it ---


def test_longer_than_a_quarter_more_and_a_second_is_too_long(gestures: Gestures) -> None:
    ask(gestures)
    gestures.tick(now_ns=T0 + ms(3500) - 1)
    assert runs(gestures)

    gestures.tick(now_ns=T0 + ms(3500))
    assert not runs(gestures)
    assert gestures.wanted == Wanted(run=1, name=None, why="overran")
    assert gestures.take_events() == [begun(), aborted(GestureEnd.OVERRAN)]


def test_time_alone_ends_nothing_that_does_not_run(gestures: Gestures) -> None:
    gestures.tick(now_ns=T0)

    assert gestures.take_events() == []


def test_cancelling_names_who_did(gestures: Gestures) -> None:
    ask(gestures)

    assert gestures.cancel("staff") is None
    assert gestures.wanted == Wanted(run=1, name=None, why="cancelled")
    assert gestures.take_events() == [begun(), aborted(GestureEnd.CANCELLED, by="staff")]


def test_there_must_be_something_to_cancel(gestures: Gestures) -> None:
    assert gestures.cancel("anna") is Refusal.NO_GESTURE
    assert gestures.take_events() == []


def test_an_end_is_told_once(gestures: Gestures) -> None:
    ask(gestures)
    gestures.abort(GestureEnd.STOPPED)
    gestures.abort(GestureEnd.LEASE)

    assert gestures.take_events() == [begun(), aborted(GestureEnd.STOPPED)]
