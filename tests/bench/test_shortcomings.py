"""When a run of bench.stop is whole, and what it says when it is not."""

import time

from bench.faults import FAULTS
from bench.outcome import Outcome
from bench.plan import Plan
from bench.stop import Drives, shortcoming

FIRST, SECOND = FAULTS[:2]
LONG_S = 1000.0


def drives(*, rounds: int = 1) -> Drives:
    return Drives(plan=Plan(FAULTS[:2], rounds=rounds, most_failures=0), ends_s=0.0)


def drive(under_way: Drives, count: int) -> Drives:
    for _ in range(count):
        fault = under_way.plan.take(left_s=LONG_S)
        assert fault is not None
        under_way.outcomes.append(Outcome(fault=fault.name, seconds=0.8, metres=0.3, stopped_by="silence"))
    return under_way


def test_every_drive_made_is_whole() -> None:
    assert shortcoming(drive(drives(), 2), is_slice=False) is None


def test_a_drive_that_is_missing_is_said_of_the_whole_and_not_of_a_slice() -> None:
    made = drive(drives(rounds=2), 3)

    assert shortcoming(made, is_slice=False) == f"not every run was made; missing: {SECOND.name} 1"
    assert shortcoming(made, is_slice=True) is None


def test_a_fault_that_could_not_be_measured_at_all_is_said_even_of_a_slice() -> None:
    made = drive(drives(), 1)
    given_up = made.plan.take(left_s=LONG_S)
    assert given_up is not None
    made.plan.failed(given_up, "no Chromium starts")

    assert shortcoming(made, is_slice=True) == f"{SECOND.name} could not be measured: no Chromium starts"


def test_a_robot_that_never_stood_comes_before_all_else() -> None:
    made = drive(drives(), 2)
    made.never_stood.append("link cut: no rest within 4 s")

    assert shortcoming(made, is_slice=True) == "link cut: no rest within 4 s"


def test_drives_are_late_when_those_left_need_more_time_than_there_is() -> None:
    made = drive(drives(rounds=10), 10)
    now_s = time.monotonic()
    made.began_s = now_s - 100.0

    made.ends_s = now_s + 110.0
    assert not made.is_late
    made.ends_s = now_s + 90.0
    assert made.is_late


def test_how_it_goes_is_not_judged_in_the_first_minute() -> None:
    made = drives(rounds=10)
    made.began_s = made.ends_s = time.monotonic()

    assert not made.is_late


def test_nothing_measured_is_a_failure_of_a_slice_too() -> None:
    assert shortcoming(drives(), is_slice=True) == "nothing could be measured"
