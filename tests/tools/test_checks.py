import os
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tools import browser, checks, coturn
from tools.checks import Outcome, Step

REPORT = """
<testsuites><testsuite>
  <testcase classname="tests.system.test_loss" name="test_loss">
    <skipped type="pytest.skip" message="network namespaces: not root">here</skipped></testcase>
  <testcase classname="tests.system.test_stop" name="test_key" />
  <testcase classname="tests.system.test_stop" name="test_staff"><failure message="no" /></testcase>
  <testcase classname="tests.system.test_stop" name="test_setup"><error message="no" /></testcase>
  <testcase classname="tests.system.test_stop" name="test_known"><skipped type="pytest.xfail" message="" /></testcase>
</testsuite></testsuites>
"""


def step(name: str = "promises", *, code: str = "", needs_browser: bool = False) -> Step:
    return Step(group="system", name=name, command=(sys.executable, "-c", code), needs_browser=needs_browser)


def summed_up(*outcomes: Outcome) -> str:
    return "\n".join(checks.summary(outcomes))


def run_all(steps: Iterable[Step], *, in_ci: bool = False) -> list[Outcome]:
    return list(checks.run_all(steps, environment=os.environ, in_ci=in_ci))


def test_a_report_tells_what_passed_failed_and_could_not_run() -> None:
    outcome = checks.read_report(step(), REPORT, seconds=1, error="exit code 1")

    assert (outcome.passed, outcome.failed) == (1, 2)
    assert outcome.not_run == {"network namespaces: not root": ("tests/system/test_loss.py::test_loss",)}


def test_a_failed_step_does_not_stop_the_next() -> None:
    failed, passed = run_all([step("first", code="raise SystemExit(3)"), step("second")])

    assert failed.error == "exit code 3"
    assert passed.error is None


def test_a_program_that_is_missing_is_a_failure() -> None:
    (outcome,) = run_all([Step(group="ui", name="pages", command=("no-such-program",))])

    assert outcome.error is not None
    assert "no-such-program" in outcome.error


def test_a_step_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "A_HANG_S", 0.05)

    (outcome,) = run_all([step(code="import time; time.sleep(60)")])

    assert outcome.error is not None
    assert outcome.error.startswith("still running")


def test_the_browser_that_was_found_is_named_to_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "find_or_install", lambda: "/opt/chrome")
    code = "import os; raise SystemExit(os.environ['STAGEBRIDGE_BROWSER'] != '/opt/chrome')"

    (outcome,) = run_all([step(code=code, needs_browser=True)])

    assert outcome.error is None


@pytest.mark.parametrize(("in_ci", "error"), [(True, "no browser"), (False, None)])
def test_without_a_browser_its_tests_are_a_remark_here_and_a_fault_in_ci(
    monkeypatch: pytest.MonkeyPatch, in_ci: bool, error: str | None
) -> None:
    def none_to_be_had() -> str:
        raise browser.NoBrowserError("none to be had")

    monkeypatch.setattr(browser, "find_or_install", none_to_be_had)

    other, pages = run_all([step("other"), step("pages", code="raise SystemExit(9)", needs_browser=True)], in_ci=in_ci)

    assert other.error is None
    assert pages.error == error
    assert pages.not_run == {"none to be had": ("pages, all of them",)}


def test_the_last_line_names_every_failure() -> None:
    last = summed_up(
        Outcome(step=step("types"), seconds=30, error="exit code 1"),
        Outcome(step=step("lint"), seconds=1),
        Outcome(step=step("pages"), seconds=61, error="exit code 2"),
    ).splitlines()[-1]

    assert last == "FAILED: types, pages (1 min 32 s)"


def test_the_last_lines_name_what_could_not_run_and_why() -> None:
    why = {"network namespaces: not root": ("tests/system/test_loss.py::test_loss",)}

    text = summed_up(Outcome(step=step(), seconds=1, not_run=why), Outcome(step=step("more"), seconds=1, not_run=why))

    assert text.splitlines()[-6:] == [
        "Could not run on this machine:",
        "  network namespaces: not root",
        "    tests/system/test_loss.py::test_loss",
        "    tests/system/test_loss.py::test_loss",
        "",
        "All passed (0 min 2 s)",
    ]


def test_python_tests_are_counted_over_all_steps() -> None:
    counted = Step(group="unit", name="unit", command=("true",), report=Path("unit.xml"))

    text = summed_up(Outcome(step=counted, seconds=1, passed=3), Outcome(step=counted, seconds=1, passed=4, failed=1))

    assert "pytest: 7 passed, 1 failed, 0 skipped" in text.splitlines()


def test_every_room_of_the_tests_is_run() -> None:
    rooms = {
        str(path.relative_to(checks.ROOT)) for path in (checks.ROOT / "tests").iterdir() if any(path.glob("test_*"))
    }
    told = {argument for step in checks.STEPS for argument in step.command if argument.startswith("tests/")}

    assert rooms <= told


def test_coturn_is_looked_for_once_before_the_tests_that_need_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none_to_be_had() -> str:
        raise coturn.NoCoturnError("no turnserver on PATH")

    monkeypatch.setattr(coturn, "find_or_install", none_to_be_had)
    needs = Step(group="system", name="promises", command=(sys.executable, "-c", ""), needs_coturn=True)

    (outcome,) = run_all([needs])

    assert outcome.error is None  # the tests themselves say that they cannot run; in CI they fail
    assert "no turnserver on PATH" in capsys.readouterr().out
