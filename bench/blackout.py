"""`python -m bench.blackout`: a link dark for 1, 3 and 8 s while the presenter drives: what comes after, and when.

Real processes at both ends of a laboratory's link. docs/reference/benches.md says how.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench import command
from bench.command import Bench
from bench.far_hall import FarHall
from bench.report import Goal, Report
from simulator.lab.lateness import LateError
from simulator.motion_trace import Arrival, Tick
from simulator.network.way import Weather
from teleop_core.errors import StagebridgeError
from teleop_core.timebase import NS_PER_S, ms, to_ms
from teleop_core.timing import Timing
from teleop_core.wire.messages import Refusal, Road

LINK: Final = Weather(delay_ns=ms(20), in_turn=True)
FRESH_NS: Final = ms(250)  # a command's life
STALE_NS: Final = Timing().echo_hold_ns  # older than this, the robot must not take it
WATCH_S: Final = 4.0  # after the link's return
QUICK_WATCH_S: Final = 2.0
LOOK_UP_S: Final = 0.2  # until the presenter has seen how things are, and takes hold anew
STEADY_S: Final = 1.0
SPARE_S: Final = 4.0  # to drive again, and to read the trace
DARK_S: Final = (1.0, 3.0, 8.0)
FULL_RUNS: Final = 6
LATE_LIMIT_MS: Final = 50.0  # once, of the laboratory: little beside the second that is the goal
ACCEPTED: Final = "accepted"  # also said to a second copy of what was seen before, which does nothing
SEEN: Final = frozenset({ACCEPTED, Refusal.STALE.value, Refusal.UNKNOWN_BEACON.value})

GOALS: Final = (
    Goal(figure="fresh_after_8s_s", at_most=1.0),
    Goal(figure="stale_applied", at_most=0),
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One blackout. Times are from the link's return, in s, None when it did not come true while it was watched."""

    fresh_s: float | None  # until the first command that arrived within its life, whatever was said to it
    by_road_s: Mapping[Road, float | None]
    driving_s: float | None  # until the robot was told to move again
    stale_applied: int  # accepted though the robot must not take anything so old
    stale_arrived: int
    late_applied: int  # accepted, older than its life and not stale: on a slow link driving is slow


@dataclass(kw_only=True)
class Runs:
    """All blackouts of one length."""

    outcomes: list[Outcome] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def outcome_of(
    arrivals: Iterable[Arrival], ticks: Iterable[Tick], sent_ns: Mapping[int, int], *, dark_ns: int, light_ns: int
) -> Outcome:
    """Judge what arrived and was done from `dark_ns` on, when the link went dark; it came back at `light_ns`."""
    fresh: dict[Road, float] = {}
    stale_applied = stale_arrived = late_applied = newest = 0
    for arrival in sorted(arrivals, key=lambda each: each.received_ns):
        left_ns = sent_ns.get(arrival.seq)
        is_applied = arrival.verdict == ACCEPTED and arrival.seq > newest
        if arrival.verdict in SEEN:
            newest = max(newest, arrival.seq)
        if left_ns is None or arrival.received_ns < dark_ns:
            continue
        age_ns = arrival.received_ns - left_ns
        if age_ns > STALE_NS:
            stale_arrived += 1
            stale_applied += is_applied
        elif age_ns > FRESH_NS:
            late_applied += is_applied
        elif arrival.received_ns >= light_ns and left_ns >= dark_ns:
            fresh.setdefault(Road(arrival.road), (arrival.received_ns - light_ns) / NS_PER_S)
    moves_ns = min((tick.tick_ns for tick in ticks if tick.tick_ns >= light_ns and not tick.is_still), default=None)
    return Outcome(
        fresh_s=min(fresh.values(), default=None),
        by_road_s={road: fresh.get(road) for road in Road},
        driving_s=None if moves_ns is None else (moves_ns - light_ns) / NS_PER_S,
        stale_applied=stale_applied,
        stale_arrived=stale_arrived,
        late_applied=late_applied,
    )


async def measure(report: Report, ends_s: float) -> None:
    """Go through blackouts of each length in turn and fill in the report."""
    runs = {dark_s: Runs() for dark_s in DARK_S}
    watch_s = QUICK_WATCH_S if report.is_slice else WATCH_S
    async with FarHall.opened() as hall:
        await hall.lab.set_both(LINK)
        for _ in range(1 if report.is_slice else FULL_RUNS):
            for dark_s in reversed(DARK_S):  # the longest first: there may not be time for all
                if time.monotonic() + dark_s + watch_s + STEADY_S + SPARE_S > ends_s:
                    continue
                try:
                    runs[dark_s].outcomes.append(await _black_out(hall, dark_s, watch_s=watch_s))
                except LateError as exc:
                    runs[dark_s].refused.append(str(exc))
    tell(report, runs, watch_s=watch_s)


async def _black_out(hall: FarHall, dark_s: float, *, watch_s: float) -> Outcome:
    await hall.drive()
    await asyncio.sleep(STEADY_S)
    await hall.forget()
    await hall.lab.report()
    light_ns = time.monotonic_ns() + round(dark_s * NS_PER_S)
    dark_ns = await hall.lab.black_out(until_ns=light_ns)
    await asyncio.sleep((light_ns - time.monotonic_ns()) / NS_PER_S + LOOK_UP_S)
    watching = asyncio.create_task(asyncio.sleep(watch_s - LOOK_UP_S))
    with contextlib.suppress(TimeoutError):
        await hall.drive(within_s=watch_s - LOOK_UP_S)
    await watching
    await hall.collect(for_s=STEADY_S)
    (await hall.lab.report()).required(max_ms=LATE_LIMIT_MS)
    return outcome_of(hall.arrivals, hall.ticks, hall.sent_ns, dark_ns=dark_ns, light_ns=light_ns)


def tell(report: Report, runs: Mapping[float, Runs], *, watch_s: float) -> None:
    """Fill in figures and table.

    Raises:
        StagebridgeError: no blackout gave a figure.

    """
    table = Table(
        "dark",
        "runs",
        "fresh s",
        "over ws s",
        "direct s",
        "driving s",
        "stale",
        "applied",
        box=SIMPLE_HEAD,
        title="blackout",
    )
    for dark_s, of in runs.items():
        if not of.outcomes:
            continue
        fresh_s, driving_s = (
            _worst((each.fresh_s for each in of.outcomes), watch_s),
            _worst((each.driving_s for each in of.outcomes), watch_s),
        )
        report.figures |= {f"fresh_after_{dark_s:g}s_s": fresh_s, f"driving_after_{dark_s:g}s_s": driving_s}
        ways = [
            f"{_worst((each.by_road_s[road] for each in of.outcomes), watch_s):.2f}"
            for road in (Road.BRIDGE, Road.DIRECT)
        ]
        stale = (
            str(sum(each.stale_arrived for each in of.outcomes)),
            str(sum(each.stale_applied for each in of.outcomes)),
        )
        table.add_row(f"{dark_s:g} s", str(len(of.outcomes)), f"{fresh_s:.2f}", *ways, f"{driving_s:.2f}", *stale)
    outcomes = [each for of in runs.values() for each in of.outcomes]
    report.context["runs"] = {f"{dark_s:g}s": len(of.outcomes) for dark_s, of in runs.items()}
    report.context["refused_runs"] = [reason for of in runs.values() for reason in of.refused]
    if not outcomes:
        raise StagebridgeError(f"no blackout gave a figure: {report.context['refused_runs'] or 'there was no time'}")
    report.figures["stale_applied"] = sum(each.stale_applied for each in outcomes)
    report.figures["stale_arrived"] = sum(each.stale_arrived for each in outcomes)
    report.figures["late_applied"] = sum(each.late_applied for each in outcomes)
    report.context |= {"life_ms": to_ms(FRESH_NS), "stale_ms": to_ms(STALE_NS)}
    report.tables.append(table)


def _worst(seconds: Iterable[float | None], watch_s: float) -> float:
    """Return the longest; what did not come true counts as all the time for which it was watched."""
    return max(watch_s if each is None else each for each in seconds)


BLACKOUT: Final = Bench(
    name="blackout",
    summary="A dark link, 1, 3 and 8 s long, while the presenter drives: what comes after it, and when.",
    goals=GOALS,
    work=measure,
)

if __name__ == "__main__":
    sys.exit(command.run(BLACKOUT))
