import pytest

from bench.flood import CROWDS, FLOODS, QUICK, QUIET, Seen, tell
from bench.report import Report
from simulator.crowd import Kind
from teleop_core.errors import StagebridgeError


def test_every_kind_of_crowd_has_a_flood_of_its_own_and_a_part_in_the_last() -> None:
    assert set(CROWDS) == set(Kind)
    assert {flood.name for flood in FLOODS} > {kind.value for kind in Kind}
    assert set(FLOODS[-1].kinds) == set(Kind)
    assert {flood.name for flood in FLOODS} >= QUICK


def test_ten_thousand_connections_are_ten_thousand() -> None:
    [many] = [flood for flood in FLOODS if flood.name == "ten_thousand"]

    assert sum(many.kinds.values()) == 10_000


def test_each_flood_is_told_beside_the_quiet_of_the_same_run() -> None:
    report = Report()

    tell(report, Seen(first_ms=[1.0, 2.0], bridge_ms=[2.0, 4.0]), {"deaf": Seen(first_ms=[3.0], bridge_ms=[4.0])})

    assert report.figures[f"{QUIET}_age_ms_p99"] == 2.0
    assert report.figures["deaf_age_ms_p50"] == 3.0
    assert report.figures["deaf_p99_ratio"] == 1.5
    assert report.figures["deaf_bridge_p99_ratio"] == 1.0
    assert report.figures["worst_p99_ratio"] == 1.5


def test_a_flood_that_there_was_no_time_for_is_left_out() -> None:
    report = Report()

    tell(report, Seen(first_ms=[1.0], bridge_ms=[1.0]), {"deaf": Seen()})

    assert "deaf_age_ms_p50" not in report.figures
    assert "worst_p99_ratio" not in report.figures


def test_without_a_quiet_there_is_nothing_to_compare_with() -> None:
    with pytest.raises(StagebridgeError):
        tell(Report(), Seen(), {"deaf": Seen(first_ms=[3.0], bridge_ms=[4.0])})
