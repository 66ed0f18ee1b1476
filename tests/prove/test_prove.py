"""`python -m prove`: what its last line says, and when it fails."""

import subprocess
import sys

import pytest

from prove import __main__ as prove


def parts(**verdicts: prove.Verdict) -> dict[str, object]:
    return {name: lambda size, *, processes, verdict=verdict: verdict for name, verdict in verdicts.items()}


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, **verdicts: prove.Verdict) -> int:
    monkeypatch.setattr(prove, "PARTS", parts(**verdicts))
    monkeypatch.setattr(sys, "argv", ["prove", *arguments])
    return prove.main()


def test_the_last_line_counts_the_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, lives=prove.Verdict("7 lives", 7), matrix=prove.Verdict("3 cells", 3)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "prove: 10 runs, 0 violations"


def test_a_violation_is_shown_with_what_replays_it_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = prove.Verdict("7 lives", 7, ["python -m prove.campaign --seed 5  # a foul"])

    assert run(monkeypatch, lives=found) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[-2].strip() == "python -m prove.campaign --seed 5  # a foul"
    assert told[-1] == "prove: 7 runs, 1 violations"


def test_a_part_that_cannot_run_is_a_violation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(size: prove.Size, *, processes: int) -> prove.Verdict:
        raise subprocess.CalledProcessError(1, "gcc")

    monkeypatch.setattr(prove, "PARTS", {"model": broken})
    monkeypatch.setattr(sys, "argv", ["prove", "--quick"])

    assert prove.main() == 1
    assert "could not run" in capsys.readouterr().out


def test_the_whole_is_as_large_as_promised_and_the_slice_as_small() -> None:
    assert prove.WHOLE.runs >= 1_000_000
    assert prove.WHOLE.shells >= 2000
    assert prove.WHOLE.bugs >= 8
    assert prove.QUICK.campaign_s + prove.QUICK.shells_s + prove.QUICK.fuzz_s + prove.QUICK.mutants_s < 30
