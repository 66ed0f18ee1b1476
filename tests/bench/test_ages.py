from bench.ages import ages
from simulator.motion_trace import Arrival
from teleop_core.timebase import ms


def arrival(seq: int, at_ms: float, *, road: str = "direct", verdict: str = "accepted") -> Arrival:
    return Arrival(received_ns=ms(at_ms), peer="p", road=road, seq=seq, fence=3, verdict=verdict)


def test_a_command_is_as_old_as_its_first_copy_and_the_bridges_copy_counts_apart() -> None:
    seen = ages([arrival(1, 12), arrival(1, 15, road="bridge"), arrival(2, 33, road="bridge")], {1: ms(10), 2: ms(30)})

    assert seen.first_ms == [2.0, 3.0]
    assert seen.bridge_ms == [5.0, 3.0]


def test_what_was_refused_or_sent_by_nobody_known_does_not_count() -> None:
    seen = ages([arrival(1, 12, verdict="stale"), arrival(7, 12)], {1: ms(10)})

    assert (seen.first_ms, seen.bridge_ms) == ([], [])
