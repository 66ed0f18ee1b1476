"""Promise: one command shows that all of it works, on either robot, in figures, within 40 seconds."""

import json
import os
import subprocess
import sys
import time

import pytest

from simulator.processes import MARK

FIGURES = {
    "connect_ms",
    "first_frame_ms",
    "frames",
    "loop_delay_ms",
    "relay_p99_ms",
    "distance_m",
    "stop_ms",
    "rest_ms",
    "redriven_m",
}
WIDE = {"first_frame_ms": 8000.0, "stop_ms": 1000.0, "loop_delay_ms": 700.0, "relay_p99_ms": 2000.0}


@pytest.mark.parametrize(("robot", "base"), [("sim", "differential"), ("sim", "holonomic"), ("serial", "differential")])
def test_the_show_happens_and_is_measured(robot: str, base: str) -> None:
    """The bounds are wide here, for a machine that is busy; the command itself holds the promised ones."""
    began_s = time.monotonic()
    ended = run("--json", "--robot", robot, "--base", base)

    assert time.monotonic() - began_s < 45
    answer = json.loads(ended.stdout)
    assert "failure" not in answer, answer
    assert set(answer["figures"]) == FIGURES
    for name, bound in WIDE.items():
        assert answer["figures"][name] < bound
    assert answer["figures"]["distance_m"] > 0.5
    assert answer["figures"]["redriven_m"] > 0.2
    assert ended.returncode == (0 if all(goal["holds"] for goal in answer["goals"].values()) else 1)


def test_people_get_a_table_on_standard_error_and_nothing_else() -> None:
    ended = run()

    assert ended.stdout == ""
    assert "loop_delay_ms" in ended.stderr
    assert "nothing left running" in ended.stderr or "not every goal holds" in ended.stderr


def run(*flags: str) -> "subprocess.CompletedProcess[str]":
    environ = {name: value for name, value in os.environ.items() if name != MARK}
    return subprocess.run(
        [sys.executable, "-m", "stagebridge", "demo", "--check", *flags],
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
        env=environ,
    )
