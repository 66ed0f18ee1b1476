"""What the simulated robot performs: for its time, cut by whatever stops it, and held as one sees it."""

import pytest

from simulator.performer import AT_EASE, REPERTOIRE, Performer
from simulator.stage import STEP_S, Stage
from teleop_core.geometry import STILL, Pose2D
from teleop_core.ports import GestureOutcome, Performance
from teleop_core.wire.messages import StopLevel


def stand(stage: Stage, *, for_s: float) -> None:
    """Command it to stand every 20 ms, as the motion loop does."""
    for _ in range(round(for_s / 0.020)):
        stage.set_velocity(STILL, ttl_ms=250)
        stage.step(round(0.020 / STEP_S))


def waving() -> Stage:
    stage = Stage()
    stand(stage, for_s=0.1)
    stage.begin_gesture("wave", run=1)
    stand(stage, for_s=1.5)
    return stage


def outcome(stage: Stage) -> GestureOutcome | None:
    performance = stage.performer.performance
    assert performance is not None
    return performance.outcome


def test_at_first_it_performs_nothing_and_is_at_ease() -> None:
    performer = Performer()
    performer.step(now_ns=0)
    performer.cut()

    assert performer.performance is None
    assert performer.posture == AT_EASE


def test_it_performs_for_its_time_and_is_done() -> None:
    stage = waving()
    now = stage.performer.performance
    assert now is not None
    assert (now.run, now.name, now.outcome) == (1, "wave", None)
    assert now.progress == pytest.approx(0.5, abs=0.01)
    assert stage.performer.posture.right_arm_rad > 2.0

    stand(stage, for_s=1.6)
    assert stage.performer.performance == Performance(run=1, name="wave", progress=1.0, outcome=GestureOutcome.DONE)
    assert stage.performer.posture == AT_EASE


@pytest.mark.parametrize("level", [StopLevel.SETTLE, StopLevel.CUT])
def test_a_halt_cuts_it(level: StopLevel) -> None:
    stage = waving()
    stage.halt(level)

    assert outcome(stage) is GestureOutcome.CUT
    assert stage.performer.posture == AT_EASE


def test_silence_cuts_it_once_the_last_command_has_lapsed() -> None:
    stage = waving()
    stage.step(round(0.22 / STEP_S))
    assert outcome(stage) is None
    stage.step(round(0.04 / STEP_S))

    assert outcome(stage) is GestureOutcome.CUT


def test_the_stop_that_is_wired_to_the_base_cuts_it() -> None:
    stage = waving()
    stage.plant.stop_pressed = True
    stand(stage, for_s=0.02)

    assert outcome(stage) is GestureOutcome.CUT


def test_a_body_that_fell_performs_nothing() -> None:
    stage = waving()
    stage.fallen = True
    stand(stage, for_s=0.02)
    assert outcome(stage) is GestureOutcome.CUT
    stage.begin_gesture("bow", run=2)

    assert stage.performer.performance is not None
    assert stage.performer.performance.run == 1
    stage.place(Pose2D())
    stage.begin_gesture("bow", run=2)
    assert stage.performer.performance.run == 2


def test_what_it_does_not_know_has_failed() -> None:
    performer = Performer()
    performer.begin("somersault", run=3, now_ns=0)

    expected = Performance(
        run=3, name="somersault", outcome=GestureOutcome.FAILED, detail="this body knows no 'somersault'"
    )
    assert performer.performance == expected
    performer.step(now_ns=10**12)
    assert performer.performance == expected


@pytest.mark.parametrize("name", [gesture.name for gesture in REPERTOIRE])
def test_each_gesture_is_seen_and_begins_and_ends_at_ease(name: str) -> None:
    performer = Performer()
    lasts_ms = next(gesture.lasts_ms for gesture in REPERTOIRE if gesture.name == name)
    performer.begin(name, run=1, now_ns=0)
    assert performer.posture == AT_EASE
    seen = set()
    for step in range(1, 40):
        performer.step(now_ns=step * lasts_ms * 25_000)
        seen.add(performer.posture)

    assert len(seen) > 5


def test_it_moves_with_a_voice_as_much_as_it_is_told_and_not_beyond_a_cut() -> None:
    performer = Performer()
    performer.carry(pan_rad=0.5, talk=1.0)
    arms = []
    for step in range(50):
        performer.step(now_ns=step * 100_000_000)
        arms.append(performer.posture.left_arm_rad)
        assert abs(performer.posture.pan_rad - 0.5) < 0.05
    performer.cut()

    assert 0.0 < min(arms) < max(arms) < 0.6
    assert performer.posture.left_arm_rad == 0.0
    assert performer.posture.pan_rad == 0.5
