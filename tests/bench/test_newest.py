"""The age of the newest command, at every millisecond."""

import pytest

from bench.newest import newest_ages_ms
from simulator.motion_trace import Arrival
from teleop_core.timebase import ms
from teleop_core.wire.messages import Road


def arrival(seq: int, at_ms: int, road: Road = Road.BRIDGE) -> Arrival:
    return Arrival(received_ns=ms(at_ms), peer="p", road=road.value, seq=seq, fence=1, verdict="accepted")


SENT = {1: ms(0), 2: ms(20), 3: ms(40)}


def test_a_command_ages_until_a_newer_one_arrives() -> None:
    ages = newest_ages_ms([arrival(1, 40), arrival(2, 60)], SENT)

    assert ages.tolist() == [float(age) for age in range(40, 60)]


def test_an_older_command_that_comes_late_makes_nothing_younger() -> None:
    ages = newest_ages_ms([arrival(2, 40), arrival(1, 45), arrival(3, 60)], SENT)

    assert ages.tolist() == [float(age) for age in range(20, 40)]


def test_each_road_is_looked_at_by_itself_and_the_first_copy_counts_for_both() -> None:
    arrivals = [
        arrival(1, 40, Road.DIRECT),
        arrival(1, 50),
        arrival(2, 60, Road.DIRECT),
        arrival(2, 90),
        arrival(3, 80, Road.DIRECT),
    ]

    assert max(newest_ages_ms(arrivals, SENT, road=Road.BRIDGE)) == pytest.approx(89)
    assert max(newest_ages_ms(arrivals, SENT)) == pytest.approx(59)


def test_commands_of_unknown_sending_and_too_few_give_nothing() -> None:
    assert len(newest_ages_ms([arrival(1, 40), arrival(9, 60)], SENT)) == 0
