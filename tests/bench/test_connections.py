import pytest

from bench.connections import HOSTILE, IDLE, IN_A_ROOM, Found, Seen, refusals, tell
from bench.pairs import Talk
from bench.report import Report
from simulator.crowd import Kind
from teleop_core.errors import StagebridgeError
from teleop_core.room import MAX_PEERS


def seen(*times_us: float, sent: int | None = None) -> Seen:
    arrived = len(times_us)
    talk = Talk(
        times_us=list(times_us),
        arrived=arrived,
        sent=arrived if sent is None else sent,
        beacons=0,
        late_us=0.0,
        cpu_s=0.1,
        seconds=1.0,
    )
    return Seen(talks=[talk])


def test_a_thousand_mean_harm_in_every_way_that_the_goal_names() -> None:
    assert sum(HOSTILE.values()) == 1_000
    assert set(HOSTILE) >= {Kind.SILENT, Kind.LORIS, Kind.KNOCKERS, Kind.RUBBISH, Kind.FORGERS, Kind.PAGES, Kind.DEAF}


def test_everybody_who_sits_idle_finds_a_place() -> None:
    assert IDLE % IN_A_ROOM == 0
    assert IN_A_ROOM - 1 <= MAX_PEERS
    assert HOSTILE[Kind.DEAF] < MAX_PEERS


def test_the_driver_in_the_crowd_is_told_beside_the_driver_alone() -> None:
    report = Report()
    found = Found(alone=seen(100.0, 200.0), idle=seen(110.0), crowded=seen(150.0, 300.0, sent=3), kib_each=[18.0, 2.0])

    tell(report, found)

    assert report.figures["driver_p99_ratio"] == 1.5
    assert report.figures["kib_per_connection"] == 18.0
    assert found.crowded.lost == 1


def test_the_slice_has_no_time_for_those_who_only_sit_there() -> None:
    report = Report()

    tell(report, Found(alone=seen(100.0), crowded=seen(100.0), kib_each=[18.0]))

    assert "idle_p99_us" not in report.figures
    assert report.figures["driver_p99_ratio"] == 1.0


def test_without_a_driver_there_is_no_figure() -> None:
    with pytest.raises(StagebridgeError, match="crowded"):
        tell(Report(), Found(alone=seen(100.0), kib_each=[18.0]))


def test_only_refusals_that_came_about_are_told() -> None:
    metrics = """# TYPE stagebridge_refused_total counter
stagebridge_refused_total{reason="crowded"} 0.0
stagebridge_refused_total{reason="hello_timeout"} 41.0
stagebridge_frames_total{kind="person"} 3.0
"""

    assert refusals(metrics) == {"hello_timeout": 41}
