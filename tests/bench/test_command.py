import asyncio
import json

import pytest

from bench import command
from bench.command import Bench, Flags
from bench.report import Goal, Report
from teleop_core.errors import SetupError


async def measures(report: Report, ends_s: float) -> None:
    del ends_s
    report.figures["rest_s_p99"] = 0.5


async def finds_no_bridge(report: Report, ends_s: float) -> None:
    del ends_s
    report.figures["runs"] = 3
    raise SetupError("expected a bridge")


async def takes_too_long(report: Report, ends_s: float) -> None:
    del report, ends_s
    await asyncio.Event().wait()


def bench(work: "command.Work" = measures) -> Bench:
    return Bench(name="sample", summary="A sample.", goals=(Goal(figure="rest_s_p99", at_most=0.9),), work=work)


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    answer: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return answer


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        ([], Flags(quick=False, as_json=False)),
        (["--json"], Flags(quick=False, as_json=True)),
        (["--quick", "--json"], Flags(quick=True, as_json=True)),
    ],
)
def test_a_bench_has_two_flags(arguments: list[str], flags: Flags) -> None:
    assert command.parse(bench(), arguments) == flags


def test_an_unknown_flag_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.parse(bench(), ["--fast"])

    assert "python -m bench.sample" in capsys.readouterr().err


def test_figures_that_hold_end_well_and_say_how_busy_the_machine_was(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(bench(), ["--quick", "--json"], age_s=0.0) == 0

    answer = told(capsys)
    assert answer["figures"] == {"rest_s_p99": 0.5}
    context = answer["context"]
    assert isinstance(context, dict)
    assert context["form"] == "quick"
    assert {"load_at_start", "load_at_end", "seconds", "cpus"} <= set(context)


def test_what_was_measured_before_a_failure_is_told_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(bench(finds_no_bridge), ["--json"], age_s=0.0) == 1

    answer = told(capsys)
    assert answer["failure"] == "expected a bridge"
    assert answer["figures"] == {"runs": 3}


def test_work_that_takes_too_long_is_ended(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "QUICK_S", command.STOPPING_S + 20.0)

    assert command.run(bench(takes_too_long), ["--quick", "--json"], age_s=0.0) == 1

    assert told(capsys)["failure"] == "did not end in its time"
