"""What each viewer beyond the first costs the robot, and whether viewers that come and go leave anything behind.

`python -m bench.fanout [--quick] [--json]`; docs/reference/benches.md says what each figure is.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final, cast

from rich.table import Table

from bench.command import Bench, run
from bench.lines import LineProcess
from bench.plane_process import MODULE, answer_of
from bench.report import Goal, Report
from teleop_core.wire.messages import Role

VIEWERS_MODULE: Final = "bench.light_viewers"
COUNTS: Final = (10, 5, 1)  # nobody joins while we measure: a newcomer's road is unknown, and holds the rest back
SETTLE_S: Final = 6.0
AFTER_LEAVING_S: Final = 0.5
QUICK_S: Final = 4.0
FULL_S: Final = 12.0
FULL_ROUNDS: Final = 4  # the hall moves, and one picture costs more than another: each count is seen more than once
CHURN: Final = (Role.PRESENTER, Role.STAFF) * 5  # they come and go together, and watch either rendition
STAY_S: Final = 1.0
WARM_S: Final = 60.0  # what is made once and kept, is made by then
TELLING_S: Final = 4.0
_LINGERING_S: Final = 1.0

GOALS: Final = (
    Goal(figure="extra_viewer_ratio", at_most=0.02),
    Goal(figure="fps_least", at_least=25),  # what gets no picture costs nothing
    Goal(figure="tasks_left", at_most=0),
    Goal(figure="memory_growth_mb", at_most=5),
)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What so many viewers cost: processor time as a share of one core, and what each of them got."""

    viewers: int
    cpu: float
    kbps: float
    fps: float


class Audience:
    """The viewers, in a process of their own."""

    def __init__(self, robot: LineProcess, process: LineProcess) -> None:
        self._robot = robot
        self._process = process
        self._sessions: dict[str, str] = {}
        self._made = 0

    async def come(self, *roles: Role) -> None:
        """Have one more of each role watch."""
        for role in roles:
            self._made += 1
            name = f"viewer-{self._made}"
            offer = await self._process.ask({"offer": name})
            answer, self._sessions[name] = await answer_of(self._robot, str(offer["sdp"]), peer=name, role=role)
            await self._process.ask({"accept": name, "sdp": answer})

    async def leave(self, *, until: int) -> None:
        """Have viewers leave, those that came last first, until so many are left."""
        while len(self._sessions) > until:
            name, session = self._sessions.popitem()
            await self._robot.ask({"leaves": name, "id": session})
            await self._process.ask({"leave": name})

    async def cost(self, seconds: float) -> Cost:
        """Measure for so long."""
        before, cpu_s, began_s = await self._seen(), self._robot.cpu_s, time.monotonic()
        await asyncio.sleep(seconds)
        after, took_s = await self._seen(), time.monotonic() - began_s
        cpu = (self._robot.cpu_s - cpu_s) / took_s
        count = max(1, len(self._sessions))
        pictures = sum(after[name][0] - before[name][0] for name in after) / count
        octets = sum(after[name][1] - before[name][1] for name in after) / count
        return Cost(viewers=len(self._sessions), cpu=cpu, kbps=octets * 8 / 1000 / took_s, fps=pictures / took_s)

    async def _seen(self) -> dict[str, list[int]]:
        return cast("dict[str, list[int]]", (await self._process.ask({}))["seen"])


def per_viewer(costs: Sequence[Cost]) -> float:
    """Return what one more viewer costs: the slope of the line of least squares through `costs`."""
    mean = sum(cost.viewers for cost in costs) / len(costs)
    spread = sum((cost.viewers - mean) ** 2 for cost in costs)
    return sum((cost.viewers - mean) * cost.cpu for cost in costs) / spread


async def measure(report: Report, ends_s: float) -> None:
    """Count what viewers cost, then have them come and go for the time that is left."""
    async with LineProcess.start(MODULE) as robot, LineProcess.start(VIEWERS_MODULE) as process:
        audience = Audience(robot, process)
        await _count(report, audience, QUICK_S if report.is_slice else FULL_S)
        await _come_and_go(report, robot, audience, ends_s=ends_s - TELLING_S)


async def _count(report: Report, audience: Audience, seconds: float) -> None:
    costs = []
    for _ in range(1 if report.is_slice else FULL_ROUNDS):
        await audience.come(*[Role.PRESENTER] * COUNTS[0])
        await asyncio.sleep(SETTLE_S)
        for count in (*COUNTS, 0):
            await audience.leave(until=count)
            await asyncio.sleep(AFTER_LEAVING_S)
            costs.append(await audience.cost(seconds))
    table = Table("viewers", "% of a core", "kbps each", "fps each", title="fanout")
    for cost in costs:
        table.add_row(
            str(cost.viewers), f"{100 * cost.cpu:.2f}", f"{cost.kbps:.0f}", f"{cost.fps:.1f}" if cost.viewers else "-"
        )
    report.tables.append(table)
    cpu = {count: fmean(cost.cpu for cost in costs if cost.viewers == count) for count in (*COUNTS, 0)}
    report.figures |= {f"cpu_{count}": each for count, each in cpu.items()}
    watched = [cost for cost in costs if cost.viewers]
    report.figures["extra_viewer_ratio"] = per_viewer(watched) / (cpu[1] - cpu[0])
    report.figures["fps_least"] = min(cost.fps for cost in watched)


async def _come_and_go(report: Report, robot: LineProcess, audience: Audience, *, ends_s: float) -> None:
    """Have ten come and go, again and again, and count what is left; memory from after the first rounds on."""
    before = await robot.ask({})
    rounds, warm_mb, round_s = 0, None, 0.0
    warm_s = time.monotonic() + WARM_S
    while not (report.is_slice and rounds) and time.monotonic() + round_s < ends_s:
        began_s = time.monotonic()
        await audience.come(*CHURN)
        await asyncio.sleep(STAY_S)
        await audience.leave(until=0)
        round_s = time.monotonic() - began_s
        rounds += 1
        if warm_mb is None and time.monotonic() >= warm_s:
            await robot.ask({})
            warm_mb = robot.memory_mb
    await asyncio.sleep(_LINGERING_S)
    after = await robot.ask({})
    report.figures["tasks_left"] = float(cast("int", after["tasks"]) - cast("int", before["tasks"]))
    if warm_mb is not None:
        report.figures["memory_growth_mb"] = robot.memory_mb - warm_mb
    report.context |= {"came_and_went": rounds * len(CHURN), "objects_left": _difference(after, before, "objects")}


def _difference(after: dict[str, object], before: dict[str, object], name: str) -> int:
    return cast("int", after[name]) - cast("int", before[name])


BENCH: Final = Bench(name="fanout", summary=(__doc__ or "").partition("\n")[0], goals=GOALS, work=measure)

if __name__ == "__main__":
    sys.exit(run(BENCH))
