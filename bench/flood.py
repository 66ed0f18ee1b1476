"""`python -m bench.flood`: how old the driver's commands are at the robot while a crowd floods the bridge.

Real processes on a simulated stage, the crowd one of its own; quiet and every flood in one run, and their ratio.
docs/reference/benches.md says how.
"""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench import command
from bench.ages import Ages, ages
from bench.command import Bench
from bench.percentiles import percentile
from bench.report import Goal, Report
from simulator.crowd import Kind
from simulator.motion_trace import read_trace
from simulator.presenter import Picture, Presenter
from simulator.rig import Rig, RigOptions
from teleop_core.errors import StagebridgeError
from teleop_core.geometry import Twist
from teleop_core.wire.messages import EventKind, RobotState, Role

AROUND: Final = Twist(vx_mps=0.3, wz_radps=0.6)  # a circle: any length of driving fits on the stage
SMALL_PICTURE: Final = {"width": 320, "height": 176, "rate_hz": 30.0}
MANY: Final = "ten_thousand"
ALL: Final = "all_at_once"
QUIET: Final = "quiet"
FULL_FLOOD_S: Final = 15.0
QUICK_FLOOD_S: Final = 4.0
QUIET_S: Final = 6.0
QUICK_QUIET_S: Final = 3.0
CROWD_SPARE_S: Final = 20.0  # for its process to start and to end
CROWD_STARTS_S: Final = 3.0
LOOK_S: Final = 0.05
ENTER_S: Final = 20.0
TO_DRIVE_S: Final = 20.0
ATTEMPT_S: Final = 4.0
TRACE_LAG_S: Final = 0.3
MIB: Final = 2**20


@dataclass(frozen=True, kw_only=True)
class Flood:
    """One crowd."""

    name: str
    kinds: dict[Kind, int]
    addresses: int = 10
    per_second: float = 250.0
    lasts: float = 1.0  # as long as others


CROWDS: Final = {
    Kind.SILENT: 500,
    Kind.LORIS: 300,
    Kind.LATE_LORIS: 300,
    Kind.BODIES: 20,
    Kind.PAGES: 100,
    Kind.RUBBISH: 50,
    Kind.KNOCKERS: 500,
    Kind.FORGERS: 50,
    Kind.GIANTS: 20,
    Kind.BOMBS: 50,
    Kind.CRUMBS: 20,
    Kind.DEAF: 50,
    Kind.TALKERS: 5,
}
FLOODS: Final = (
    *(Flood(name=kind.value, kinds={kind: count}) for kind, count in CROWDS.items()),
    Flood(name=MANY, kinds={Kind.SILENT: 5000, Kind.KNOCKERS: 5000}, addresses=200, per_second=1000.0, lasts=2.0),
    Flood(name=ALL, kinds={kind: max(1, count // 5) for kind, count in CROWDS.items()}),
)
QUICK: Final = frozenset({Kind.KNOCKERS.value, Kind.GIANTS.value, Kind.DEAF.value, Kind.TALKERS.value})

GOALS: Final = (
    Goal(figure="worst_p99_ratio", at_most=5.0),
    Goal(figure="worst_age_ms_p99", at_most=125.0),  # half of a command's life
    Goal(figure="bridge_rss_grown_mib", at_most=150.0),
    Goal(figure="agent_rss_grown_mib", at_most=64.0),
)


@dataclass(kw_only=True)
class Seen:
    """What was seen of the driver's commands under one flood, or in quiet."""

    first_ms: list[float] = field(default_factory=list)
    bridge_ms: list[float] = field(default_factory=list)
    holds: int = 0
    connections: int = 0
    most_open: int = 0

    def add(self, more: Ages) -> None:
        """Take in more commands."""
        self.first_ms += more.first_ms
        self.bridge_ms += more.bridge_ms


class Hall:
    """A running system, a presenter who drives in it, and staff.

    Raises:
        TimeoutError, StagebridgeError: it does not get so far that somebody drives.

    """

    def __init__(self, rig: Rig, presenter: Presenter, staff: Presenter, crowd_token: str) -> None:
        self.rig = rig
        self.presenter = presenter
        self.staff = staff
        self.most_bytes: dict[str, int] = {}
        self._crowd_token = crowd_token

    @classmethod
    @asynccontextmanager
    async def opened(cls) -> AsyncIterator["Hall"]:
        """Start everything, and drive; leave nothing behind."""
        async with AsyncExitStack() as leaving:
            rig = await leaving.enter_async_context(
                Rig(RigOptions(traced=True, changes={"robot": {"camera": SMALL_PICTURE}}))
            )
            staff = Presenter(rig.ws_url, (await rig.invite(Role.STAFF)).token, picture=Picture.UNSEEN)
            presenter = Presenter(rig.ws_url, (await rig.invite(Role.PRESENTER)).token)
            for person in (staff, presenter):
                await leaving.enter_async_context(person)
                await person.enter(within_s=ENTER_S)
            crowd = await rig.invite(Role.OBSERVER, "Crowd")
            yield cls(rig, presenter, staff, crowd.token)

    async def drive(self) -> None:
        """See to it that the presenter drives, whatever was before."""
        deadline = time.monotonic() + TO_DRIVE_S
        while self.presenter.state not in {RobotState.DRIVING, RobotState.DEGRADED}:
            if time.monotonic() > deadline:
                raise TimeoutError(f"expected a robot that is driven; {self.presenter.last_seen()}")
            with contextlib.suppress(TimeoutError):  # on a machine that is busy; then from where it is by now
                async with asyncio.timeout(ATTEMPT_S):
                    await self._take_hold()
            await asyncio.sleep(0.2)

    async def _take_hold(self) -> None:
        """Clear what stops the robot, get the lease, have the hand off for long enough, and take hold."""
        self.presenter.let_go()
        if self.presenter.state in {RobotState.STOPPED, RobotState.STOPPING, RobotState.BOOT}:
            await self.staff.reset()
        if self.presenter.holds_lease:
            await self.presenter.rearm()
        else:
            await self.presenter.get_lease()
        self.presenter.hold(AROUND)

    async def watch(self, seen: Seen, *, for_s: float, flood: Flood | None = None) -> None:
        """Drive for a while, under a flood or in quiet, and note how old the commands are."""
        await self.drive()
        self._forget()
        holds = len(self.presenter.events(EventKind.HOLD))
        crowd = None if flood is None else asyncio.create_task(self._crowd(flood, for_s=for_s))
        ends_s = time.monotonic() + for_s
        while time.monotonic() < ends_s if crowd is None else not crowd.done():
            await asyncio.sleep(LOOK_S)
            self._measure()
            if self.presenter.state not in {RobotState.DRIVING, RobotState.DEGRADED}:
                await self.drive()
        if crowd is not None:
            outcome = await crowd
            seen.connections += sum(each.get("connected", 0) for each in outcome.values())
            seen.most_open = max(seen.most_open, sum(each.get("open_most", 0) for each in outcome.values()))
        await asyncio.sleep(TRACE_LAG_S)
        seen.add(ages(read_trace(self.rig.folder.motion_trace).arrivals, self.presenter.drives_sent_ns))
        seen.holds += len(self.presenter.events(EventKind.HOLD)) - holds

    def _forget(self) -> None:
        self.presenter.drives_sent_ns.clear()
        os.truncate(self.rig.folder.motion_trace, 0)  # whoever writes it appends

    def _measure(self) -> None:
        for part in ("bridge", "robot"):
            self.most_bytes[part] = max(self.most_bytes.get(part, 0), rss_bytes(self.rig.child(part).pid))

    async def _crowd(self, flood: Flood, *, for_s: float) -> dict[str, dict[str, int]]:
        crowd = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "simulator.crowd", *(f"{kind.value}={n}" for kind, n in flood.kinds.items())),
            *("--port", str(self.rig.port), "--seconds", str(for_s)),
            *("--addresses", str(flood.addresses), "--per-second", str(flood.per_second)),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "CROWD_TOKEN": self._crowd_token},
        )
        try:
            async with asyncio.timeout(for_s + CROWD_SPARE_S):
                said, _ = await crowd.communicate()
        finally:
            if crowd.returncode is None:
                crowd.kill()
        outcome: dict[str, dict[str, int]] = json.loads(said)
        return outcome


def rss_bytes(pid: int) -> int:
    """Return how much memory a process has in use."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as told:  # noqa: PTH123 -- not a file of a disk
        return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def measure(report: Report, ends_s: float) -> None:
    """Drive in quiet and under each flood in turn, and fill in the report."""
    floods = [flood for flood in FLOODS if not report.is_slice or flood.name in QUICK]
    flood_s = QUICK_FLOOD_S if report.is_slice else FULL_FLOOD_S
    quiet_s = QUICK_QUIET_S if report.is_slice else QUIET_S
    quiet, under = Seen(), {flood.name: Seen() for flood in floods}
    async with Hall.opened() as hall:
        await hall.watch(quiet, for_s=quiet_s)
        before = {part: rss_bytes(hall.rig.child(part).pid) for part in ("bridge", "robot")}
        for flood in floods:
            lasts_s = flood_s * flood.lasts
            if time.monotonic() + lasts_s + quiet_s + CROWD_STARTS_S > ends_s:
                break
            await hall.watch(under[flood.name], for_s=lasts_s, flood=flood)
            await hall.watch(quiet, for_s=quiet_s / 2)
        after = {part: rss_bytes(hall.rig.child(part).pid) for part in ("bridge", "robot")}
        most = hall.most_bytes
    tell(report, quiet, under)
    for part, name in (("bridge", "bridge"), ("robot", "agent")):
        report.figures[f"{name}_rss_before_mib"] = before[part] / MIB
        report.figures[f"{name}_rss_most_mib"] = most[part] / MIB
        report.figures[f"{name}_rss_after_mib"] = after[part] / MIB
        report.figures[f"{name}_rss_grown_mib"] = (most[part] - before[part]) / MIB
    report.figures["connections"] = sum(seen.connections for seen in under.values())
    report.figures["most_open"] = max((seen.most_open for seen in under.values()), default=0)
    report.figures["holds"] = sum(seen.holds for seen in under.values())
    report.context["holds"] = {QUIET: quiet.holds} | {name: seen.holds for name, seen in under.items()}
    report.context["connections"] = {name: seen.connections for name, seen in under.items()}


def tell(report: Report, quiet: Seen, under: dict[str, Seen]) -> None:
    """Fill in the ages, their ratios and the table."""
    if not quiet.first_ms or not quiet.bridge_ms:
        raise StagebridgeError("no command of the quiet reached the motion process")
    table = Table(
        "flood", "commands", "p50 ms", "p99 ms", "ratio", "bridge p99 ms", "ratio", "connections", box=SIMPLE_HEAD
    )
    quiet_p99 = percentile(quiet.first_ms, 99), percentile(quiet.bridge_ms, 99)
    worst = worst_ms = 0.0
    for name, seen in {QUIET: quiet, **under}.items():
        if not seen.first_ms or not seen.bridge_ms:
            continue
        p50, p99 = percentile(seen.first_ms, 50), percentile(seen.first_ms, 99)
        bridge_p99 = percentile(seen.bridge_ms, 99)
        ratio, bridge_ratio = p99 / quiet_p99[0], bridge_p99 / quiet_p99[1]
        report.figures |= {
            f"{name}_age_ms_p50": p50,
            f"{name}_age_ms_p99": p99,
            f"{name}_bridge_age_ms_p50": percentile(seen.bridge_ms, 50),
            f"{name}_bridge_age_ms_p99": bridge_p99,
        }
        if name != QUIET:
            report.figures |= {f"{name}_p99_ratio": ratio, f"{name}_bridge_p99_ratio": bridge_ratio}
            worst, worst_ms = max(worst, ratio), max(worst_ms, p99)
        cells = (f"{p50:.1f}", f"{p99:.1f}", f"{ratio:.2f}", f"{bridge_p99:.1f}", f"{bridge_ratio:.2f}")
        table.add_row(name, str(len(seen.first_ms)), *cells, str(seen.connections))
    if worst:
        report.figures |= {"worst_p99_ratio": worst, "worst_age_ms_p99": worst_ms}
    report.tables.append(table)


FLOOD: Final = Bench(
    name="flood",
    summary="How old the driver's commands are at the robot while a crowd floods the bridge.",
    goals=GOALS,
    work=measure,
)


if __name__ == "__main__":
    sys.exit(command.run(FLOOD))
