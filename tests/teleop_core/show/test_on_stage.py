"""Who is on stage, and how good their link is."""

import msgspec
import pytest

from teleop_core.show.on_stage import LEFT_AFTER_NS, LOST_AFTER_NS, OnStage
from teleop_core.show.script import Grade
from teleop_core.wire import messages as m
from teleop_core.wire.messages import EventKind
from tests.robot_words import telemetry


def event(kind: EventKind) -> m.Event:
    return m.Event(source="r", seq=1, at_unix_ms=0, kind=kind)


def said(driver: str | None = "anna", *, loop_ms: float | None = None) -> m.Telemetry:
    return msgspec.structs.replace(telemetry(), driver=driver, loop_delay_ms=loop_ms)


def on_stage() -> OnStage:
    made = OnStage()
    made.hear_telemetry(said(), now_ns=0)
    return made


def test_whoever_has_the_lease_is_on_stage() -> None:
    made = OnStage()
    seen = [made.who]
    assert made.link(now_ns=10**12) is Grade.GOOD
    for driver in ("anna", "bo"):
        made.hear_telemetry(said(driver), now_ns=0)
        seen.append(made.who)

    assert seen == [None, "anna", "bo"]


def test_a_lease_that_expires_leaves_them_there() -> None:
    made = on_stage()
    made.hear_telemetry(said(None), now_ns=1)
    made.hear_event(event(EventKind.LEASE_EXPIRED))

    assert made.who == "anna"


@pytest.mark.parametrize("kind", [EventKind.RETURNED, EventKind.REVOKED, EventKind.STOPPED, EventKind.TAKEN])
def test_who_gives_it_back_or_loses_it_is_not(kind: EventKind) -> None:
    made = on_stage()
    made.hear_event(event(kind))

    assert made.who is None


def test_a_link_is_lost_after_a_silence_and_good_when_something_is_heard() -> None:
    made = on_stage()
    assert made.link(now_ns=LOST_AFTER_NS - 1) is Grade.GOOD
    assert made.link(now_ns=LOST_AFTER_NS) is Grade.LOST
    made.heard("bo", now_ns=LOST_AFTER_NS)
    assert made.link(now_ns=LOST_AFTER_NS) is Grade.LOST
    made.heard("anna", now_ns=LOST_AFTER_NS)
    assert made.link(now_ns=LOST_AFTER_NS) is Grade.GOOD


@pytest.mark.parametrize(("loop_ms", "grade"), [(349.9, Grade.GOOD), (350.0, Grade.POOR), (None, Grade.GOOD)])
def test_a_long_loop_is_a_poor_link(loop_ms: float | None, grade: Grade) -> None:
    made = on_stage()
    made.hear_telemetry(said(loop_ms=loop_ms), now_ns=1)

    assert made.link(now_ns=1) is grade


def test_a_link_that_is_away_for_minutes_has_left() -> None:
    made = on_stage()
    assert made.link(now_ns=LEFT_AFTER_NS - 1) is Grade.LOST
    assert made.link(now_ns=LEFT_AFTER_NS) is Grade.GOOD
    assert made.who is None


def test_somebody_may_be_taken_off_the_stage() -> None:
    made = on_stage()
    made.leave()

    assert made.who is None
