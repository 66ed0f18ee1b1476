"""`python -m bench.uplinks`: one of a robot's two uplinks is cut while the presenter drives over the bridge alone.

Real processes in the three rooms of a laboratory. docs/reference/benches.md says how.
"""

import asyncio
import itertools
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench import command
from bench.command import Bench
from bench.far_hall import ENTER_S, FarHall
from bench.report import Goal, Report
from bench.seat import Seat
from simulator.lab.lateness import LateError
from simulator.lab.uplinks import NAMES, TwoUplinks
from simulator.motion_trace import Arrival, Tick
from simulator.network.profiles import profile
from simulator.presenter import Picture, Presenter
from teleop_core.errors import StagebridgeError
from teleop_core.timebase import to_ms
from teleop_core.wire.messages import Road, RobotState, Role

LINKS: Final = ("hangzhou-chongqing", "5g")  # of the uplinks, in the order of their names
SETTLED_S: Final = 0.5
STEADY_S: Final = 2.0
WATCH_S: Final = 5.0  # until the cut is noticed at both ends, and what that does is seen
QUICK_WATCH_S: Final = 4.5
BACK_S: Final = 1.0  # after both are up again
TO_COME_BACK_S: Final = 15.0
SPARE_S: Final = 6.0  # to take hold, and to come back
FULL_CUTS: Final = 8  # of each
LATE_LIMIT_MS: Final = 50.0  # once, of the laboratory
SENDING_LIMIT_MS: Final = 80.0  # a presenter's process that was kept from speaking says nothing of the uplinks
ACCEPTED: Final = "accepted"

GOALS: Final = (Goal(figure="uplink_cut_gap_ms", at_most=250.0),)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One cut: the longest time between two commands that counted, in ms, and how often the robot held."""

    steady_ms: float
    cut_ms: float  # the one in which the cut lies among them
    back_ms: float  # from the repair on
    holds: int


@dataclass(kw_only=True)
class Cuts:
    """All cuts of one uplink."""

    outcomes: list[Outcome] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def outcome_of(arrivals: Iterable[Arrival], ticks: Iterable[Tick], *, cut_ns: int, mended_ns: int) -> Outcome:
    """Judge what arrived.

    Raises:
        StagebridgeError: fewer than two commands counted before the cut.

    """
    counted_ns: list[int] = []
    newest = -1
    for arrival in sorted(arrivals, key=lambda each: each.received_ns):
        if arrival.verdict == ACCEPTED and arrival.seq > newest:
            newest = arrival.seq
            counted_ns.append(arrival.received_ns)
    gaps = list(itertools.pairwise(counted_ns))
    steady = [later - earlier for earlier, later in gaps if later <= cut_ns]
    if not steady:
        raise StagebridgeError("expected a robot that is driven before the cut")
    states = [tick.state for tick in sorted(ticks, key=lambda each: each.tick_ns) if tick.tick_ns >= cut_ns]
    ends_ns = max(mended_ns, counted_ns[-1])
    after = [*((earlier, later) for earlier, later in gaps if later > cut_ns), (counted_ns[-1], ends_ns)]
    return Outcome(
        steady_ms=to_ms(max(steady)),
        cut_ms=to_ms(max((later - earlier for earlier, later in after if earlier < mended_ns), default=0)),
        back_ms=to_ms(max((later - earlier for earlier, later in after if earlier >= mended_ns), default=0)),
        holds=sum(
            after == RobotState.HOLD.value and before != after for before, after in itertools.pairwise(["", *states])
        ),
    )


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[TwoUplinks, FarHall]]:
    """Start everything; the presenter speaks over the bridge only, and sees the picture by a way of its own."""
    async with AsyncExitStack() as leaving:
        two = await leaving.enter_async_context(TwoUplinks.opened([profile(name) for name in LINKS]))
        staff = Presenter(two.rig.ws_url, (await two.rig.invite(Role.STAFF)).token, picture=Picture.UNSEEN)
        await leaving.enter_async_context(staff)
        await staff.enter(within_s=ENTER_S)
        seat = await Seat.taken(two.rig, inside=two.lab.presenter)
        leaving.push_async_callback(seat.leave)
        await seat.use(Road.BRIDGE)
        yield two, FarHall(two.lab, two.rig, seat, staff)


async def measure(report: Report, ends_s: float) -> None:
    """Cut one uplink after the other, again and again, and fill in the report."""
    cuts = {name: Cuts() for name in NAMES}
    watch_s = QUICK_WATCH_S if report.is_slice else WATCH_S
    async with opened() as (two, hall):
        for name in NAMES * (1 if report.is_slice else FULL_CUTS):
            if time.monotonic() + SETTLED_S + STEADY_S + watch_s + BACK_S + SPARE_S > ends_s:
                continue
            try:
                cuts[name].outcomes.append(await _cut(two, hall, name, watch_s=watch_s))
            except (LateError, TimeoutError) as exc:
                cuts[name].refused.append(str(exc))
                await two.mend(name)
    tell(report, cuts)


async def _cut(two: TwoUplinks, hall: FarHall, name: str, *, watch_s: float) -> Outcome:
    await _both_up(hall)
    await hall.drive()
    await asyncio.sleep(SETTLED_S)
    await hall.forget()
    await hall.lab.report()
    await asyncio.sleep(STEADY_S)
    cut_ns = await two.cut(name)
    await hall.collect(for_s=watch_s)
    mended_ns = await two.mend(name)
    await _both_up(hall)
    await hall.collect(for_s=BACK_S)
    (await hall.lab.report()).required(max_ms=LATE_LIMIT_MS)
    slowest_ms = max(hall.sending_gaps_ms, default=0.0)
    if slowest_ms > SENDING_LIMIT_MS:
        raise TimeoutError(f"the presenter's process said nothing for {slowest_ms:.0f} ms")
    return outcome_of(hall.arrivals, hall.ticks, cut_ns=cut_ns, mended_ns=mended_ns)


async def _both_up(hall: FarHall) -> None:
    def are_up() -> bool:
        told = hall.staff.session.uplinks
        return told is not None and all(each.up for each in told.uplinks)

    await hall.staff.until("both uplinks", are_up, within_s=TO_COME_BACK_S)


def tell(report: Report, cuts: dict[str, Cuts]) -> None:
    """Fill in figures and table.

    Raises:
        StagebridgeError: no cut gave a figure.

    """
    outcomes = [each for of in cuts.values() for each in of.outcomes]
    report.context["cuts"] = {name: len(of.outcomes) for name, of in cuts.items()}
    report.context["links"] = dict(zip(NAMES, LINKS, strict=True))
    report.context["refused_runs"] = [reason for of in cuts.values() for reason in of.refused]
    if not outcomes:
        raise StagebridgeError(f"no cut gave a figure: {report.context['refused_runs'] or 'there was no time'}")
    table = Table("uplink", "cuts", "steady ms", "cut ms", "back ms", "holds", box=SIMPLE_HEAD, title="longest gap")
    for name, of in cuts.items():
        if of.outcomes:
            steady_ms, cut_ms, back_ms = (
                f"{max(getattr(each, which) for each in of.outcomes):.0f}"
                for which in ("steady_ms", "cut_ms", "back_ms")
            )
            holds = str(sum(each.holds for each in of.outcomes))
            table.add_row(name, str(len(of.outcomes)), steady_ms, cut_ms, back_ms, holds)
    report.tables.append(table)
    report.figures |= {
        "steady_gap_ms": max(each.steady_ms for each in outcomes),
        "uplink_cut_gap_ms": max(each.cut_ms for each in outcomes),
        "uplink_back_gap_ms": max(each.back_ms for each in outcomes),
        "uplink_cut_holds": sum(each.holds for each in outcomes),
    }


UPLINKS: Final = Bench(
    name="uplinks",
    summary="One of the robot's two uplinks is cut while the presenter drives over the bridge alone.",
    goals=GOALS,
    work=measure,
)

if __name__ == "__main__":
    sys.exit(command.run(UPLINKS))
