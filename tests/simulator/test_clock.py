import msgspec
import pytest

from simulator.clock import LockstepClock, PacedClock, make_clock
from simulator.config import SimConfig

STEP = 5_000_000


def test_real_time_owes_a_step_for_each_that_has_passed_and_keeps_the_rest() -> None:
    clock = PacedClock(step_ns=STEP)

    assert clock.steps_due(now_ns=7_000_000_000) == 0
    assert clock.steps_due(now_ns=7_000_000_000 + 12_000_000) == 2
    assert clock.steps_due(now_ns=7_000_000_000 + 15_000_000) == 1


def test_a_faster_clock_owes_more() -> None:
    clock = PacedClock(step_ns=STEP, rate=4.0)

    clock.steps_due(now_ns=0)

    assert clock.steps_due(now_ns=10_000_000) == 8


def test_a_stall_is_not_made_up_for() -> None:
    clock = PacedClock(step_ns=STEP, max_lag_ns=100_000_000)

    clock.steps_due(now_ns=0)

    assert clock.steps_due(now_ns=10_000_000_000) == 20


@pytest.mark.parametrize(
    ("text", "kind"), [("real", PacedClock), ("x4", PacedClock), ("x0.5", PacedClock), ("lockstep", LockstepClock)]
)
def test_the_configuration_names_the_clock(text: str, kind: type) -> None:
    assert isinstance(make_clock(SimConfig(clock=text), step_ns=STEP), kind)


def test_lockstep_owes_nothing_ever() -> None:
    assert LockstepClock().steps_due(now_ns=10**18) == 0


@pytest.mark.parametrize("text", ["fast", "x", "x0", "x0.0", "4x", "x-1", ""])
def test_a_clock_that_does_not_exist_is_refused_by_name(text: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="clock"):
        msgspec.convert({"clock": text}, SimConfig)
