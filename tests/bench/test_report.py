import json

import pytest

from bench.report import Goal, Report

GOALS = (Goal(figure="rest_s_p99", at_most=0.9), Goal(figure="way_m_p99", at_most=0.36))


def report(*, is_slice: bool = False, **figures: float) -> Report:
    return Report(goals=GOALS, is_slice=is_slice, figures=figures)


def test_a_goal_holds_up_to_its_bound() -> None:
    at_bound = report(rest_s_p99=0.9, way_m_p99=0.1)
    beyond = report(rest_s_p99=0.9001, way_m_p99=0.1)

    assert at_bound.verdicts["rest_s_p99"] == {"value": 0.9, "bound": 0.9, "holds": True}
    assert (at_bound.missed, at_bound.exit_status) == ([], 0)
    assert (beyond.missed, beyond.exit_status) == (["rest_s_p99"], 1)


def test_a_goal_may_be_a_lower_bound() -> None:
    told = Report(goals=(Goal(figure="fps", at_least=25),), figures={"fps": 25.0})

    assert told.verdicts["fps"] == {"value": 25.0, "bound": 25, "holds": True}
    told.figures["fps"] = 24.9
    assert told.missed == ["fps"]


def test_a_goal_without_its_figure_does_not_hold() -> None:
    told = report(rest_s_p99=0.5)

    assert told.verdicts["way_m_p99"] == {"value": None, "bound": 0.36, "holds": False}
    assert told.exit_status == 1


def test_a_slice_leaves_out_the_goals_that_it_could_not_measure() -> None:
    told = report(is_slice=True, rest_s_p99=0.5)

    assert list(told.verdicts) == ["rest_s_p99"]
    assert told.exit_status == 0


def test_a_failure_is_no_success_whatever_the_figures() -> None:
    told = report(rest_s_p99=0.5, way_m_p99=0.1)
    told.failure = "the bridge did not start"

    assert told.exit_status == 1
    assert told.answer["failure"] == "the bridge did not start"


def test_the_object_for_machines_is_the_last_line_and_people_read_the_rest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = report(rest_s_p99=0.83333333, way_m_p99=0.4)
    told.context["load_at_start"] = [0.5, 0.4, 0.3]

    told.tell(as_json=True)

    for_machines, for_people = capsys.readouterr()
    answer = json.loads(for_machines.splitlines()[-1])
    assert answer["figures"] == {"rest_s_p99": 0.8333, "way_m_p99": 0.4}
    assert answer["goals"]["way_m_p99"] == {"value": 0.4, "bound": 0.36, "holds": False}
    assert answer["context"] == {"load_at_start": [0.5, 0.4, 0.3]}
    assert "failure" not in answer
    assert "✗ way_m_p99: 0.4, at most 0.36" in for_people


def test_without_json_nothing_is_printed_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    report(rest_s_p99=0.5).tell(as_json=False)

    assert capsys.readouterr().out == ""
