"""The latched STOP: anything latches it, staff alone clear it, in two steps, at standstill, with the cause gone."""

import pytest

from teleop_core.stop import StopLatch, StopRecord
from teleop_core.timebase import ms, seconds
from teleop_core.timing import Timing
from teleop_core.wire.messages import Refusal, Role, StopCause, StopLevel


def record(cause: StopCause = StopCause.PERSON, at_ns: int = ms(5)) -> StopRecord:
    return StopRecord(cause=cause, by="guest", role=Role.OBSERVER, at_ns=at_ns, detail="")


def prepare(
    latch: StopLatch, *, at_ns: int = 0, still: bool = True, gone: bool = True, by: Role = Role.STAFF
) -> object:
    return latch.prepare("staff", by, still=still, cause_gone=gone, now_ns=at_ns)


def confirm(
    latch: StopLatch,
    code: str,
    *,
    at_ns: int = 0,
    still: bool = True,
    gone: bool = True,
    by: Role = Role.STAFF,
) -> object:
    return latch.confirm(by, code, still=still, cause_gone=gone, now_ns=at_ns)


def code_of(latch: StopLatch, *, at_ns: int = 0) -> str:
    prepared = latch.prepared(now_ns=at_ns)
    assert prepared is not None
    return prepared.code


@pytest.fixture
def latch() -> StopLatch:
    return StopLatch(timing=Timing())


@pytest.fixture
def clear(latch: StopLatch) -> StopLatch:
    assert prepare(latch) is None
    assert confirm(latch, code_of(latch)) is None
    return latch


def test_it_boots_at_the_level_that_is_remembered() -> None:
    assert StopLatch(timing=Timing()).level is StopLevel.SETTLE
    assert StopLatch(timing=Timing(), level=StopLevel.DAMP).level is StopLevel.DAMP


def test_it_boots_latched() -> None:
    latch = StopLatch(timing=Timing(), now_ns=ms(7))

    assert latch.is_latched
    assert latch.record == StopRecord(
        cause=StopCause.BOOT, by=None, role=None, at_ns=ms(7), detail="the robot has just started"
    )
    assert latch.prepared(now_ns=0) is None


def test_two_steps_clear_it(clear: StopLatch) -> None:
    assert not clear.is_latched
    assert clear.record is None
    assert clear.prepared(now_ns=0) is None


def test_the_first_cause_stays_on_record(clear: StopLatch) -> None:
    assert clear.latch(record()) is True
    assert clear.latch(record(StopCause.HARDWARE, at_ns=ms(6))) is False
    assert clear.record == record()


def test_a_stop_undoes_a_reset_half_done(latch: StopLatch) -> None:
    prepare(latch)
    code = code_of(latch)
    latch.latch(record())

    assert confirm(latch, code) is Refusal.EXPIRED
    assert latch.is_latched


@pytest.mark.parametrize("role", [Role.PRESENTER, Role.OBSERVER])
def test_only_staff_take_either_step(latch: StopLatch, role: Role) -> None:
    assert prepare(latch, by=role) is Refusal.ROLE
    prepare(latch)
    assert confirm(latch, code_of(latch), by=role) is Refusal.ROLE
    assert latch.is_latched


def test_neither_step_is_taken_while_moving(latch: StopLatch) -> None:
    assert prepare(latch, still=False) is Refusal.MOVING
    prepare(latch)
    assert confirm(latch, code_of(latch), still=False) is Refusal.MOVING
    assert latch.is_latched


def test_neither_step_is_taken_while_the_cause_is_there(latch: StopLatch) -> None:
    assert prepare(latch, gone=False) is Refusal.FAULT
    prepare(latch)
    assert confirm(latch, code_of(latch), gone=False) is Refusal.FAULT
    assert latch.is_latched


def test_there_is_nothing_to_reset_when_clear(clear: StopLatch) -> None:
    assert prepare(clear) is Refusal.NOT_STOPPED
    assert confirm(clear, "r1") is Refusal.NOT_STOPPED


def test_the_second_step_needs_the_first(latch: StopLatch) -> None:
    assert confirm(latch, "r1") is Refusal.EXPIRED


@pytest.mark.parametrize("wrong", ["", "r0", "R1", "r1 ", "r11"])
def test_the_code_must_be_the_one_shown_and_may_be_tried_again(latch: StopLatch, wrong: str) -> None:
    prepare(latch)

    assert confirm(latch, wrong) is Refusal.WRONG_CODE
    assert latch.is_latched
    assert confirm(latch, code_of(latch)) is None


def test_a_prepared_reset_lapses_after_exactly_10_s(latch: StopLatch) -> None:
    prepare(latch, at_ns=ms(100))
    code = code_of(latch)

    assert latch.prepared(now_ns=ms(100) + seconds(10) - 1) is not None
    assert confirm(latch, code, at_ns=ms(100) + seconds(10)) is Refusal.EXPIRED
    assert latch.is_latched


def test_the_last_instant_still_counts(latch: StopLatch) -> None:
    prepare(latch, at_ns=ms(100))

    assert confirm(latch, code_of(latch, at_ns=ms(100)), at_ns=ms(100) + seconds(10) - 1) is None


def test_each_first_step_has_a_code_of_its_own(latch: StopLatch) -> None:
    prepare(latch)
    first = code_of(latch)
    prepare(latch)

    assert code_of(latch) != first
    assert confirm(latch, first) is Refusal.WRONG_CODE


def test_a_code_clears_only_once(clear: StopLatch) -> None:
    clear.latch(record())
    prepare(clear)

    assert confirm(clear, "r1") is Refusal.WRONG_CODE
    assert confirm(clear, code_of(clear)) is None
