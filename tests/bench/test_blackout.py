"""What came after a blackout is judged from arrivals."""

from bench.blackout import outcome_of
from simulator.motion_trace import Arrival, Tick
from teleop_core.timebase import ms
from teleop_core.wire.messages import Road

DARK_NS, LIGHT_NS = ms(1000), ms(9000)
SENT = {1: ms(990), 2: ms(5000), 3: ms(8990), 4: ms(9100), 5: ms(9500)}


def arrival(seq: int, at_ms: int, road: Road = Road.DIRECT, verdict: str = "accepted") -> Arrival:
    return Arrival(received_ns=ms(at_ms), peer="p", road=road.value, seq=seq, fence=1, verdict=verdict)


def tick(at_ms: int, wz: float) -> Tick:
    return Tick(tick_ns=ms(at_ms), vx=0.0, vy=0.0, wz=wz, limit="none", state="driving")


def judged(*arrivals: Arrival) -> tuple[float | None, int, int]:
    outcome = outcome_of(arrivals, (), SENT, dark_ns=DARK_NS, light_ns=LIGHT_NS)
    return outcome.fresh_s, outcome.stale_applied, outcome.stale_arrived


def test_the_first_fresh_command_counts_whatever_was_said_to_it() -> None:
    assert judged(arrival(4, 9120, verdict="wrong_fence"), arrival(5, 9520)) == (0.12, 0, 0)


def test_what_waited_is_stale_and_applied_only_when_it_was_accepted() -> None:
    assert judged(arrival(2, 9050, verdict="stale")) == (None, 0, 1)
    assert judged(arrival(2, 9050)) == (None, 1, 1)


def test_a_second_copy_of_what_is_over_is_no_command() -> None:
    assert judged(arrival(5, 9520), arrival(4, 9800, Road.BRIDGE)) == (0.52, 0, 1)


def test_a_second_copy_of_what_was_refused_is_no_command_either() -> None:
    assert judged(arrival(2, 9050, verdict="stale"), arrival(2, 9060, Road.BRIDGE)) == (None, 0, 2)


def test_what_is_over_its_life_and_not_stale_is_late() -> None:
    outcome = outcome_of([arrival(4, 9400)], (), SENT, dark_ns=DARK_NS, light_ns=LIGHT_NS)

    assert (outcome.late_applied, outcome.stale_applied, outcome.fresh_s) == (1, 0, None)


def test_what_was_under_way_when_it_went_dark_is_neither() -> None:
    assert judged(arrival(1, 1010)) == (None, 0, 0)


def test_each_road_has_its_own_return() -> None:
    outcome = outcome_of(
        [arrival(4, 9120), arrival(5, 9600, Road.BRIDGE)], (), SENT, dark_ns=DARK_NS, light_ns=LIGHT_NS
    )

    assert outcome.by_road_s == {Road.DIRECT: 0.12, Road.BRIDGE: 0.6, Road.LOCAL: None}
    assert outcome.fresh_s == 0.12


def test_driving_begins_anew_when_the_robot_is_told_to_move() -> None:
    ticks = [tick(8990, 0.4), tick(9010, 0.0), tick(9700, 0.1), tick(9720, 0.4)]

    assert outcome_of((), ticks, SENT, dark_ns=DARK_NS, light_ns=LIGHT_NS).driving_s == 0.7
    assert outcome_of((), ticks[:2], SENT, dark_ns=DARK_NS, light_ns=LIGHT_NS).driving_s is None
