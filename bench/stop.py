"""`python -m bench.stop`: how long and how far the robot drives on from full speed, after a fault or a STOP.

Real processes on a simulated stage; times and distances are the plant's own. docs/reference/benches.md says how.
"""

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from playwright.async_api import Error as BrowserError
from playwright.async_api import Playwright, async_playwright
from rich.box import SIMPLE_HEAD
from rich.table import Table
from websockets.exceptions import WebSocketException

from bench import command
from bench.command import Bench
from bench.course import NeverStoodError, NoFigureError
from bench.faults import FAULTS, Fault
from bench.outcome import Instants, Outcome, figures, judged, reasons
from bench.percentiles import percentile
from bench.plan import Plan
from bench.report import Goal, Report, load
from bench.venue import Venue
from stagebridge import say
from teleop_core.errors import StagebridgeError

ROUNDS: Final = 20
VENUES: Final = 2  # systems side by side, on two cores: more would disturb what is measured
BUSY_LOAD: Final = 4.0  # from here on others disturb it more, and one more system keeps the time
PACE_S: Final = 2.0
FIRST_PACE_S: Final = 60.0
DRIVE_S: Final = 40.0
MOST_VENUES: Final = 3  # one after another, each time that one breaks down
LEAVING_S: Final = 5.0  # for ending the systems
MOST_FAILURES: Final = 20
NO_FIGURE: Final = (OSError, StagebridgeError, BrowserError, WebSocketException, NoFigureError)
"""How a drive may end without a figure: something did not come in time, was not there, or cannot be judged."""

GOALS: Final = (
    Goal(figure="link_cut_s_p99", at_most=0.90),
    Goal(figure="link_cut_m_p99", at_most=0.36),
    Goal(figure="agent_sigkill_s_p99", at_most=0.75),
    Goal(figure="agent_sigkill_m_p99", at_most=0.27),
    Goal(figure="agent_sigstop_s_p99", at_most=0.75),
    Goal(figure="agent_sigstop_m_p99", at_most=0.27),
    Goal(figure="stop_first_decel_ms_p99", at_most=80.0),
    Goal(figure="frozen_picture_hold_s_p99", at_most=0.8),
)


@dataclass(kw_only=True)
class Drives:
    """What is to be driven, and what came of it so far."""

    plan: Plan
    ends_s: float
    began_s: float = field(default_factory=time.monotonic)
    outcomes: list[Outcome] = field(default_factory=list)
    broken_down: list[str] = field(default_factory=list)
    never_stood: list[str] = field(default_factory=list)
    took_s: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def is_late(self) -> bool:
        """Whether the drives that are left would take longer than there is time, as fast as they went so far."""
        gone_s = time.monotonic() - self.began_s
        return gone_s >= FIRST_PACE_S and self.plan.left * gone_s > len(self.outcomes) * self.left_s

    @property
    def left_s(self) -> float:
        """How long there is still time to drive."""
        return self.ends_s - time.monotonic()


async def drive_into(venue: Venue, fault: Fault) -> Outcome:
    """Drive at full speed, make the fault, wait for rest, and undo it.

    Raises:
        one of `NO_FIGURE`: the system did not get so far, or it did and the drive cannot be judged.
        NeverStoodError: the robot does not come to rest.

    """
    await venue.tidy()
    async with fault.begun(venue) as attempt:
        await attempt.hand.arm()
        venue.forget_trace()
        async with venue.watched() as course:
            await venue.bring_to_speed(attempt.hand, course)
            struck_ns = await attempt.strike()
            await venue.until_at_rest(course)
        at = Instants(struck_ns=struck_ns, captured_ns=attempt.captured_ns, unminded_ns=attempt.unminded_ns)
        ticks = await venue.ticks(after_ns=at.ended_ns)
        return judged(fault.name, at, course, ticks, is_stop=fault.is_stop)


async def measure(report: Report, ends_s: float) -> None:
    """Drive into all faults, in as many rounds as there is time for, and fill in the report."""
    drives = Drives(plan=Plan(FAULTS, rounds=ROUNDS, most_failures=MOST_FAILURES), ends_s=ends_s - LEAVING_S)
    try:
        async with async_playwright() as playwright, asyncio.TaskGroup() as tasks:
            is_busy = load()[0] >= BUSY_LOAD
            for number in range(VENUES + is_busy):
                tasks.create_task(_keep_open(drives, playwright, seed=number + 1), name=f"bench-venue-{number}")
            if not is_busy and not report.is_slice:
                tasks.create_task(_help_when_late(drives, playwright), name="bench-pace")
    except* NO_FIGURE as group:
        report.failure = _in_words(_first_leaf(group))
    finally:
        _fill_in(report, drives)


async def _help_when_late(drives: Drives, playwright: Playwright) -> None:
    """Open one more system when those that there are would not come to the end in time."""
    while drives.plan.left:
        await asyncio.sleep(PACE_S)
        if drives.is_late:
            await _keep_open(drives, playwright, seed=VENUES + 1)


async def _keep_open(drives: Drives, playwright: Playwright, *, seed: int) -> None:
    """Drive in one venue, and in another after it when it breaks down as a whole.

    Raises:
        one of `NO_FIGURE`: too many did.

    """
    for attempt in range(MOST_VENUES):
        try:
            await _keep_driving(drives, playwright, seed=seed)
        except NO_FIGURE as exc:
            say.people.print(f"  a whole system broke down: {_in_words(exc)}", markup=False, soft_wrap=True)
            drives.broken_down.append(_in_words(exc))
            if attempt == MOST_VENUES - 1:
                raise
        else:
            return


async def _keep_driving(drives: Drives, playwright: Playwright, *, seed: int) -> None:
    async with Venue.opened(playwright, seed=seed) as venue:
        while (fault := drives.plan.take(left_s=drives.left_s)) is not None:
            began_s = time.monotonic()
            try:
                async with asyncio.timeout(min(DRIVE_S, drives.left_s)):
                    drives.outcomes.append(await drive_into(venue, fault))
            except NeverStoodError as exc:
                drives.never_stood.append(f"{fault.title}: {exc}")
            except NO_FIGURE as exc:
                if drives.left_s <= 0.0:
                    drives.plan.gave_back(fault)
                    return
                reason = _in_words(exc) if str(exc) else f"did not end within {DRIVE_S:g} s"
                drives.plan.failed(fault, reason)
                say.people.print(f"  {fault.title}: no figure, {reason}", markup=False, soft_wrap=True)
            else:
                drives.took_s[fault.name].append(time.monotonic() - began_s)
                done = len(drives.outcomes)
                if done % len(FAULTS) == 0:
                    say.people.print(f"  {done} of {ROUNDS * len(FAULTS)} drives", markup=False)


def _fill_in(report: Report, drives: Drives) -> None:
    by_fault = {fault.name: [each for each in drives.outcomes if each.fault == fault.name] for fault in FAULTS}
    report.figures |= figures(drives.outcomes)
    report.context["runs"] = {name: len(outcomes) for name, outcomes in by_fault.items()}
    report.context["stopped_by"] = {name: dict(reasons(outcomes)) for name, outcomes in by_fault.items() if outcomes}
    report.context["seconds_a_drive"] = {name: round(percentile(all_s, 50), 2) for name, all_s in drives.took_s.items()}
    report.context["without_figure"] = dict(drives.plan.failures)
    report.context["why_without"] = drives.plan.reasons
    report.context["broken_down"] = drives.broken_down
    report.tables += [_times(by_fault), _reasons(by_fault)]
    report.failure = report.failure or shortcoming(drives, is_slice=report.is_slice)


def shortcoming(drives: Drives, *, is_slice: bool) -> str | None:
    """Return why this is not the whole of what should be measured, None when it is, or as much as a slice has to be."""
    if drives.never_stood:
        return drives.never_stood[0]
    if not drives.outcomes:
        return "nothing could be measured"
    seen = {outcome.fault for outcome in drives.outcomes}
    for name, reason in drives.plan.reasons.items():
        if name not in seen:
            return f"{name} could not be measured: {reason}"
    missing = drives.plan.missing()
    if missing and not is_slice:
        return "not every run was made; missing: " + ", ".join(f"{name} {count}" for name, count in missing.items())
    return None


def _times(by_fault: Mapping[str, Sequence[Outcome]]) -> Table:
    table = Table("fault", "runs", "s p50", "p99", "max", "m p50", "p99", "max", box=SIMPLE_HEAD)
    table.title = "From the fault to standstill, at 0.6 m/s"
    for fault in FAULTS:
        outcomes = by_fault[fault.name]
        cells = _three([each.seconds for each in outcomes if each.seconds is not None])
        cells += _three([each.metres for each in outcomes if each.metres is not None])
        table.add_row(fault.title, str(len(outcomes)), *cells)
    return table


def _reasons(by_fault: Mapping[str, Sequence[Outcome]]) -> Table:
    table = Table("fault", "stopped", "and", box=SIMPLE_HEAD)
    for fault in FAULTS:
        outcomes = by_fault[fault.name]
        by = "; ".join(f"{count} by {limit}" for limit, count in reasons(outcomes).most_common())
        table.add_row(fault.title, by, _remark(outcomes))
    return table


def _three(values: Sequence[float]) -> list[str]:
    if not values:
        return ["", "", ""]
    return [f"{each:.3f}" for each in (percentile(values, 50), percentile(values, 99), max(values))]


def _remark(outcomes: Sequence[Outcome]) -> str:
    decels_ms = [each.first_decel_ms for each in outcomes if each.first_decel_ms is not None]
    if decels_ms:
        return f"slower after {percentile(decels_ms, 50):.0f} ms, p99 {percentile(decels_ms, 99):.0f}"
    holds_s = [each.hold_s for each in outcomes if each.hold_s is not None]
    if holds_s:
        return f"HOLD at an age of {percentile(holds_s, 50):.3f} s, p99 {percentile(holds_s, 99):.3f}"
    lowest = [each.lowest_mps for each in outcomes if each.lowest_mps is not None]
    return f"drove on at {min(lowest):.2f} m/s, then let go" if lowest else ""


def _in_words(exc: BaseException) -> str:
    return str(exc).splitlines()[0] if str(exc) else repr(exc)


def _first_leaf(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first_leaf(first) if isinstance(first, BaseExceptionGroup) else first


BENCH: Final = Bench(
    name="stop",
    summary="Time and distance from a fault, or a STOP, to standstill: real processes at 0.6 m/s.",
    goals=GOALS,
    work=measure,
)

if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(command.run(BENCH))
