"""What people are told while the motion process is away."""

import msgspec

from robot_agent.obituary import Obituary
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_person, encode

LAST = m.Status(
    epoch="e1",
    seq=1,
    fence=9,
    state=m.RobotState.DRIVING,
    driver="p",
    latch=None,
    reset=None,
    offer=None,
    requests=("q",),
    bridge_up=True,
    refused={"stale": 3},
    accepted={"bridge": 7},
)


def status_of(obituary: Obituary, reason: str = "it was ended by SIGKILL") -> m.Status:
    status = decode_to_person(obituary.status(reason, bridge_up=True))
    assert isinstance(status, m.Status)
    return status


def test_the_robot_is_stopped_and_latched_and_nobody_drives() -> None:
    obituary = Obituary()
    obituary.remember(encode(LAST))

    status = status_of(obituary)

    assert (status.epoch, status.fence) == ("e1", 9)
    assert status.state is m.RobotState.STOPPED
    assert status.driver is None
    assert status.requests == ()
    assert status.latch is not None
    assert status.latch.cause is m.StopCause.MOTION_DIED
    assert status.faults == ("it was ended by SIGKILL",)
    assert status.refused == {"stale": 3}


def test_what_was_cut_on_site_is_cut_still() -> None:
    obituary = Obituary()
    latch = m.Latch(cause=m.StopCause.LOCAL, by=None, role=None, at_unix_ms=1, level=m.StopLevel.CUT)
    obituary.remember(encode(msgspec.structs.replace(LAST, state=m.RobotState.STOPPED, latch=latch)))

    status = status_of(obituary)

    assert status.latch is not None
    assert (status.latch.cause, status.latch.level) == (m.StopCause.MOTION_DIED, m.StopLevel.CUT)


def test_a_robot_that_never_spoke_is_stopped_as_well() -> None:
    assert status_of(Obituary()).state is m.RobotState.STOPPED


def test_repeating_it_does_not_move_the_time_of_death() -> None:
    obituary = Obituary()

    first, second = status_of(obituary), status_of(obituary)

    assert (first.latch, first.state) == (second.latch, second.state)
    assert first.seq < second.seq
    assert obituary.reason is not None
    obituary.remember(encode(LAST))
    assert obituary.reason is None


def test_each_death_is_an_event_of_its_own() -> None:
    obituary = Obituary()

    first, second = decode_to_person(obituary.event("a")), decode_to_person(obituary.event("b" * 999))

    assert isinstance(first, m.Event)
    assert isinstance(second, m.Event)
    assert (first.seq, second.seq) == (1, 2)
    assert first.source == second.source
    assert first.cause is m.StopCause.MOTION_DIED
