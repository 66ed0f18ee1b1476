"""Run the checks: `python -m tools.checks [GROUP ...]`, every group when none is named.

Each step prints a heading, then what its tool prints. A failed step does not stop the others. The last lines name
every failed step, and every test that could not run on this machine, with the reason.
"""

import argparse
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools import browser, coturn

ROOT = Path(__file__).parent.parent
REPORTS = Path(".cache/tests")
UNIT_TESTS = tuple(
    f"tests/{room}"
    for room in ("teleop_core", "bridge", "robot_agent", "simulator", "stagebridge", "prove", "bench", "tools")
)
A_HANG_S = 30 * 60  # no step takes this long; each test has its own, much shorter limit


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command of one group; `report` is where pytest writes its JUnit file."""

    group: str
    name: str
    command: tuple[str, ...]
    cwd: str = "."
    report: Path | None = None
    needs_browser: bool = False
    needs_coturn: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a step went. `error` is None when it passed; `not_run` maps a reason to what it kept from running."""

    step: Step
    seconds: float
    error: str | None = None
    passed: int = 0
    failed: int = 0
    not_run: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def python(*arguments: str) -> tuple[str, ...]:
    """Return a command of the environment that this runs in."""
    return (sys.executable, "-m", *arguments)


def pytest_step(
    group: str, name: str, *arguments: str, needs_browser: bool = False, needs_coturn: bool = False
) -> Step:
    """Return a step that runs pytest and leaves a report."""
    report = REPORTS / f"{group}.xml"
    return Step(
        group=group,
        name=name,
        command=python("pytest", f"--junitxml={report}", *arguments),
        report=report,
        needs_browser=needs_browser,
        needs_coturn=needs_coturn,
    )


# Cheapest first. From the threats on, tests start processes and measure time: one after another, in the order written.
# A file of system tests spends most of its time waiting for what must not happen: two at once fit on two cores.
STEPS = (
    Step(group="lint", name="formatting (ruff)", command=python("ruff", "format", "--check", ".")),
    Step(group="lint", name="lint (ruff)", command=python("ruff", "check", ".")),
    Step(
        group="lint",
        name="import contracts (import-linter)",
        command=(str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--cache-dir", ".cache/imports"),
    ),
    Step(group="lint", name="lock files", command=python("tools.locks")),
    Step(group="types", name="types (mypy)", command=python("mypy")),
    pytest_step("unit", "Python tests", "--numprocesses=auto", "--maxprocesses=4", *UNIT_TESTS),
    Step(
        group="ui",
        name="UI checks (biome with the layers, tsc)",
        command=("npm", "run", "--silent", "check"),
        cwd="operator_ui",
    ),
    Step(group="ui", name="UI tests (vitest)", command=("npm", "run", "--silent", "test"), cwd="operator_ui"),
    pytest_step("threats", "threats, each by name", "-p", "no:randomly", "tests/threats", needs_coturn=True),
    pytest_step(
        "system",
        "system tests",
        *("-p", "no:randomly", "--numprocesses=2", "--dist=loadfile"),
        "tests/system",
        needs_coturn=True,
    ),
    pytest_step(
        "browser", "browser tests", "-p", "no:randomly", "tests/browser", needs_browser=True, needs_coturn=True
    ),
)
GROUPS = tuple(dict.fromkeys(step.group for step in STEPS))


def run(step: Step, *, environment: Mapping[str, str]) -> Outcome:
    """Run one step, its output passed straight through, and read its report."""
    if step.report:
        step.report.unlink(missing_ok=True)
    started = time.monotonic()
    try:
        done = subprocess.run(
            step.command, cwd=step.cwd, env=environment, stdin=subprocess.DEVNULL, timeout=A_HANG_S, check=False
        )
        error = None if done.returncode == 0 else f"exit code {done.returncode}"
    except subprocess.TimeoutExpired:
        error = f"still running after {A_HANG_S // 60} minutes"
    except OSError as missing:
        error = str(missing)
    seconds = time.monotonic() - started
    if step.report and step.report.exists():
        return read_report(step, step.report.read_text(), seconds=seconds, error=error)
    return Outcome(step=step, seconds=seconds, error=error)


def read_report(step: Step, report: str, *, seconds: float, error: str | None) -> Outcome:
    """Return the outcome that a JUnit report tells: how many passed and failed, what was skipped and why."""
    passed = failed = 0
    not_run: defaultdict[str, list[str]] = defaultdict(list)
    for case in ET.fromstring(report).iter("testcase"):  # noqa: S314 - pytest wrote it a moment ago
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif skipped is None:
            passed += 1
        elif skipped.get("type") == "pytest.skip":  # an expected failure did run
            name = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
            not_run[skipped.get("message", "no reason given")].append(name)
    reasons = {reason: tuple(names) for reason, names in not_run.items()}
    return Outcome(step=step, seconds=seconds, error=error, passed=passed, failed=failed, not_run=reasons)


def run_all(steps: Iterable[Step], *, environment: Mapping[str, str], in_ci: bool) -> Iterator[Outcome]:
    """Run the steps in order. Without a browser the browser tests do not run: a fault in CI, a remark elsewhere.

    Without coturn the tests that need it say so themselves, in the same way.
    """
    todo = tuple(steps)
    if any(step.needs_coturn for step in todo):
        heading("a TURN server for the tests")
        try:
            print(coturn.find_or_install(), flush=True)
        except coturn.NoCoturnError as missing:
            print(missing, flush=True)
    no_browser = None
    if any(step.needs_browser for step in todo):
        heading("a browser for the tests")
        try:
            found = browser.find_or_install()
        except browser.NoBrowserError as missing:
            no_browser = str(missing)
            print(no_browser, flush=True)
        else:
            print(found, flush=True)
            environment = {**environment, "STAGEBRIDGE_BROWSER": found}
    for step in todo:
        heading(step.name)
        if step.needs_browser and no_browser:
            error = "no browser" if in_ci else None
            yield Outcome(step=step, seconds=0, error=error, not_run={no_browser: (f"{step.name}, all of them",)})
        else:
            yield run(step, environment=environment)


def summary(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yield the last lines: each step, the count of Python tests, what could not run here, the verdict."""
    told = tuple(outcomes)
    not_run: defaultdict[str, list[str]] = defaultdict(list)
    for outcome in told:
        for reason, names in outcome.not_run.items():
            not_run[reason].extend(names)
        word = "FAILED" if outcome.error else "ok"
        why = f"  ({outcome.error})" if outcome.error else ""
        yield f"  {word:<7} {outcome.step.name:<45} {outcome.seconds:6.1f} s{why}"
    if any(outcome.step.report for outcome in told):
        yield ""
        skipped = sum(len(tests) for tests in not_run.values())
        passed = sum(outcome.passed for outcome in told)
        failed = sum(outcome.failed for outcome in told)
        yield f"pytest: {passed} passed, {failed} failed, {skipped} skipped"
    if not_run:
        yield ""
        yield "Could not run on this machine:"
        for reason, tests in not_run.items():
            yield f"  {reason}"
            yield from (f"    {test}" for test in tests)
    yield ""
    failures = [outcome.step.name for outcome in told if outcome.error]
    seconds = sum(outcome.seconds for outcome in told)
    took = f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    yield f"FAILED: {', '.join(failures)} ({took})" if failures else f"All passed ({took})"


def heading(text: str) -> None:
    """Print a rule with a name on it."""
    print(f"\n── {text} {'─' * (96 - len(text))}", flush=True)


def main() -> int:
    """Run the groups named on the command line; return 1 when a step failed, 130 when interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tools.checks", description="Run the checks, all or by group.")
    parser.add_argument(
        "groups", nargs="*", metavar="GROUP", help=f"any of: {', '.join(GROUPS)}; all when none is named"
    )
    wanted = parser.parse_args().groups or GROUPS
    if unknown := [group for group in wanted if group not in GROUPS]:
        parser.error(f"no group {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    os.chdir(ROOT)
    REPORTS.mkdir(parents=True, exist_ok=True)
    in_ci = os.environ.get("CI", "").lower() not in {"", "0", "false"}
    environment = os.environ if sys.stdout.isatty() else {**os.environ, "NO_COLOR": "1"}
    outcomes: list[Outcome] = []
    steps = (step for step in STEPS if step.group in wanted)
    try:
        for outcome in run_all(steps, environment=environment, in_ci=in_ci):
            outcomes.append(outcome)
            print(f"[{'FAILED' if outcome.error else 'ok'}, {outcome.seconds:.1f} s]", flush=True)
    except KeyboardInterrupt:
        print("\nInterrupted.", flush=True)
        return 130
    heading("summary")
    print("\n".join(summary(outcomes)), flush=True)
    return 1 if any(outcome.error for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
