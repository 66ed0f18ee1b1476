"""What a cut uplink did is judged from arrivals."""

import pytest

from bench.uplinks import Outcome, outcome_of
from simulator.motion_trace import Arrival, Tick
from teleop_core.errors import StagebridgeError
from teleop_core.timebase import ms

CUT_MS, MENDED_MS = 1000, 5000


def arrival(seq: int, at_ms: int, verdict: str = "accepted") -> Arrival:
    return Arrival(received_ns=ms(at_ms), peer="p", road="bridge", seq=seq, fence=1, verdict=verdict)


def tick(at_ms: int, state: str) -> Tick:
    return Tick(tick_ns=ms(at_ms), vx=0.0, vy=0.0, wz=0.4, limit="none", state=state)


def judged(*arrivals: Arrival, ticks: tuple[Tick, ...] = ()) -> Outcome:
    return outcome_of(arrivals, ticks, cut_ns=ms(CUT_MS), mended_ns=ms(MENDED_MS))


def test_each_gap_belongs_to_where_it_lies_and_the_one_over_the_cut_to_the_cut() -> None:
    outcome = judged(arrival(1, 900), arrival(2, 930), arrival(3, 1090), arrival(4, 5010), arrival(5, 5080))

    assert (outcome.steady_ms, outcome.cut_ms, outcome.back_ms) == (30.0, 3920.0, 70.0)


def test_what_never_came_again_is_a_gap_until_the_repair() -> None:
    assert judged(arrival(1, 900), arrival(2, 930)).cut_ms == MENDED_MS - 930


def test_copies_and_what_was_refused_end_no_gap() -> None:
    outcome = judged(
        arrival(1, 900),
        arrival(2, 930),
        arrival(2, 960),
        arrival(3, 970, verdict="stale"),
        arrival(4, 1030),
        arrival(5, 5000),
    )

    assert outcome.cut_ms == 3970.0
    assert outcome.steady_ms == 30.0


def test_each_time_that_the_robot_begins_to_hold_counts() -> None:
    states = ("driving", "hold", "hold", "driving", "hold")
    ticks = (tick(900, "hold"), *(tick(1000 + 20 * number, state) for number, state in enumerate(states)))

    assert judged(arrival(1, 900), arrival(2, 930), ticks=ticks).holds == 2


def test_a_robot_that_was_not_driven_says_nothing() -> None:
    with pytest.raises(StagebridgeError, match="before the cut"):
        judged(arrival(1, 990), arrival(2, 1010))
