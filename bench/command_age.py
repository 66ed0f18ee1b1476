"""`python -m bench.command_age`: how old the newest command at the robot is, over bad links, by each road and by both.

Real processes at both ends of a laboratory's link, so that the kernel's own TCP meets its loss.
docs/reference/benches.md says how.
"""

import asyncio
import itertools
import sys
import time
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench import command
from bench.command import Bench
from bench.far_hall import FarHall
from bench.newest import newest_ages_ms
from bench.percentiles import percentile
from bench.report import Goal, Report
from simulator.lab.lateness import LateError, RunReport
from simulator.network.way import Fade, Weather
from teleop_core.errors import StagebridgeError
from teleop_core.timebase import ms, seconds
from teleop_core.wire.messages import Road

CELL_S: Final = 40.0
QUICK_CELL_S: Final = 9.0
SETTLE_S: Final = 1.5
CELL_SPARE_S: Final = 6.0  # to drive again where the robot held, and to read the trace
WAYS: Final[dict[str, Road | None]] = {"ws": Road.BRIDGE, "direct": Road.DIRECT, "both": None}
FEWEST_SAMPLES: Final = 2000
GAP_LIMIT_MS: Final = 30.0  # between two commands, p99: beyond, this machine is what is measured

GOALS: Final = (
    Goal(figure="p999_ratio_best_single", at_most=0.9),
    Goal(figure="p999_ratio_ws", at_most=0.55),
)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One weather, both ways alike; `is_goal` when the goals' ratios are made from it."""

    name: str
    weather: Weather
    is_goal: bool = False
    is_quick: bool = False


def _lossy(delay_ms: int, percent: int, *, is_quick: bool = False) -> Cell:
    return Cell(
        name=f"{delay_ms}ms_{percent}pct",
        weather=Weather(delay_ns=ms(delay_ms), loss=percent / 100, in_turn=True),
        is_goal=percent in {1, 2},
        is_quick=is_quick,
    )


CELLS: Final = (
    _lossy(40, 2, is_quick=True),
    _lossy(40, 1, is_quick=True),
    _lossy(80, 2),
    _lossy(80, 1),
    _lossy(40, 5),
    _lossy(80, 5),
    _lossy(40, 0),
    _lossy(80, 0),
    Cell(name="40ms_jitter20", weather=Weather(delay_ns=ms(40), jitter_ns=ms(20), loss=0.01, in_turn=True)),
    Cell(
        name="40ms_fades",
        weather=Weather(delay_ns=ms(40), in_turn=True, fades=(Fade(every_ns=seconds(3), lasts_ns=ms(60)),)),
    ),
)


@dataclass(kw_only=True)
class Outcome:
    """The ages of one cell by each way, in ms, and what the laboratory says of the run."""

    ages_ms: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    run: RunReport


async def measure(report: Report, ends_s: float) -> None:
    """Go through the cells and fill in the report."""
    cells = [cell for cell in CELLS if cell.is_quick or not report.is_slice]
    cell_s = QUICK_CELL_S if report.is_slice else CELL_S
    found: dict[str, Outcome] = {}
    refused: dict[str, str] = {}
    async with FarHall.opened() as hall:
        for cell in itertools.chain(cells, cells):  # a second time for those that were refused, as far as there is time
            if cell.name in found or time.monotonic() + cell_s + CELL_SPARE_S > ends_s:
                continue
            try:
                found[cell.name] = await _measured(hall, cell, for_s=cell_s)
                refused.pop(cell.name, None)
            except LateError as exc:
                refused[cell.name] = str(exc)
    report.context["refused_runs"] = refused
    report.context["cell_s"] = cell_s
    tell(report, {cell: found[cell.name] for cell in cells if cell.name in found})


async def _measured(hall: FarHall, cell: Cell, *, for_s: float) -> Outcome:
    await hall.lab.set_both(cell.weather)
    await hall.drive()
    await asyncio.sleep(SETTLE_S)
    await hall.forget()
    await hall.lab.report()
    await hall.collect(for_s=for_s)
    run = (await hall.lab.report()).required()
    gap_ms = percentile(hall.sending_gaps_ms or [float("inf")], 99)
    if gap_ms > GAP_LIMIT_MS:
        raise LateError(f"the presenter was late: expected commands every 20 ms, saw gaps of {gap_ms:.0f} ms (p99)")
    ages = {name: newest_ages_ms(hall.arrivals, hall.sent_ns, road=road) for name, road in WAYS.items()}
    return Outcome(ages_ms=ages, run=run)


def tell(report: Report, found: dict[Cell, Outcome]) -> None:
    """Fill in figures and table.

    Raises:
        StagebridgeError: no cell gave a figure.

    """
    table = Table("link", "road", "p50 ms", "p99", "p99.9", "max", "bare UDP p99", box=SIMPLE_HEAD, title="command age")
    best, ws = [], []
    for cell, outcome in found.items():
        if any(len(ages) < FEWEST_SAMPLES for ages in outcome.ages_ms.values()):
            report.context[f"{cell.name}_samples"] = {name: len(ages) for name, ages in outcome.ages_ms.items()}
            continue
        reference = outcome.run.links[0].reference
        p999 = {}
        for name, ages in outcome.ages_ms.items():
            p50, p99, p999[name] = (percentile(ages.tolist(), each) for each in (50, 99, 99.9))
            report.figures |= {f"{cell.name}_{name}_p99_ms": p99, f"{cell.name}_{name}_p999_ms": p999[name]}
            spread = (f"{p50:.0f}", f"{p99:.0f}", f"{p999[name]:.0f}", f"{ages.max():.0f}")
            table.add_row(cell.name, name, *spread, f"{reference.p99:.1f}")
        if cell.is_goal:
            best.append(p999["both"] / min(p999["ws"], p999["direct"]))
            ws.append(p999["both"] / p999["ws"])
    if not table.rows:
        raise StagebridgeError(f"no link gave a figure: {report.context}")
    if best:
        report.figures |= {"p999_ratio_best_single": max(best), "p999_ratio_ws": max(ws)}
    report.tables.append(table)


COMMAND_AGE: Final = Bench(
    name="command_age",
    summary="How old the newest command at the robot is, over bad links, by each road and by both.",
    goals=GOALS,
    work=measure,
)

if __name__ == "__main__":
    sys.exit(command.run(COMMAND_AGE))
