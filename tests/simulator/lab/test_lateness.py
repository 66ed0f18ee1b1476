"""A run in which the laboratory was late itself is refused."""

import math

import pytest

from simulator.lab.lateness import LateError, RunReport, Spread
from teleop_core.timebase import ms


def run(*late_ms: float, stall_ms: float = 0.0) -> RunReport:
    late = Spread.of(round(each * 1e6) for each in late_ms)
    return RunReport(seconds=1.0, is_real_time=True, late=late, stalls_max_ms=stall_ms, links=())


def test_percentiles_are_values_that_were_seen() -> None:
    assert Spread.of(ms(each) for each in range(1, 101)) == Spread(count=100, p50=50, p99=99, p999=100, max=100)
    assert math.isnan(Spread.of(()).p99)


def test_a_run_that_was_in_time_is_reported() -> None:
    punctual = run(*[0.1] * 999, 14.0, stall_ms=14.0)

    assert punctual.required() is punctual


@pytest.mark.parametrize("late", [run(*[0.1] * 90, *[3.0] * 10), run(*[0.1] * 999, 16.0), run(0.1, stall_ms=16.0)])
def test_a_late_run_is_refused_in_words(late: RunReport) -> None:
    with pytest.raises(LateError, match="the laboratory was late itself: expected packets at most 2 ms"):
        late.required()


def test_where_a_moment_does_not_matter_more_of_it_may_be_allowed() -> None:
    once = run(*[0.1] * 999, 16.0, stall_ms=30.0)

    assert once.required(max_ms=30.0) is once
