"""The check's verdict: everything happened, every goal holds, nothing is left running."""

import json
from pathlib import Path

import pytest

from simulator.motion_trace import read_trace
from stagebridge import check
from stagebridge.check import GOALS, Show

GOOD = {name: bound / 2 for name, bound in GOALS.items()}


def show(**changes: object) -> Show:
    made = Show(figures=dict(GOOD), clean=True, context={"robot": "sim"})
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_it_holds_when_all_of_it_holds() -> None:
    assert show().holds


@pytest.mark.parametrize("name", GOALS)
def test_one_figure_at_its_bound_is_too_much(name: str) -> None:
    assert not show(figures={**GOOD, name: GOALS[name]}).holds


@pytest.mark.parametrize("name", GOALS)
def test_one_figure_that_is_missing_is_a_failure(name: str) -> None:
    figures = {other: value for other, value in GOOD.items() if other != name}

    assert not show(figures=figures).holds


def test_a_step_that_failed_or_something_left_running_is_a_failure() -> None:
    assert not show(failure="the robot refuses the reset").holds
    assert not show(clean=False).holds


def test_machines_get_one_object_with_figures_goals_and_the_failure(capsys: pytest.CaptureFixture[str]) -> None:
    check._tell(show(failure="start: no stage"), as_json=True)

    answer = json.loads(capsys.readouterr().out)
    assert answer["figures"] == GOOD
    assert answer["goals"]["stop_ms"] == {"value": 75.0, "bound": 150.0, "holds": True}
    assert answer["failure"] == "start: no stage"


def test_a_trace_is_read_up_to_its_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "motion.jsonl"
    path.write_bytes(
        b'{"received_ns":5,"peer":"a.b","road":"bridge","seq":1,"fence":2,"verdict":"accepted"}\n'
        b'{"tick_ns":6,"vx":0.0,"vy":0.0,"wz":0.1,"limit":"none","state":"driving"}\n'
        b'{"tick_ns":7,"vx"'
    )

    trace = read_trace(path)

    assert [(each.seq, each.road) for each in trace.arrivals] == [(1, "bridge")]
    assert [(each.tick_ns, each.is_still) for each in trace.ticks] == [(6, False)]


def test_no_trace_is_an_empty_one(tmp_path: Path) -> None:
    assert read_trace(tmp_path / "nothing").ticks == []
