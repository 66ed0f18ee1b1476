"""`python -m bench.relay`: what the real bridge adds to a command's one-way time, beside a bare relay in C.

Same run, same talkers, same processors; in turn. docs/reference/benches.md says how.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench import command
from bench.command import Bench
from bench.lone_bridge import LoneBridge, Room
from bench.pairs import AS_FAST_AS_IT_GOES, Pairs, Talk, bare_relay, compiled, put_first
from bench.percentiles import percentile
from bench.report import Goal, Report
from teleop_core.errors import StagebridgeError

RATE_HZ: Final = 50.0
COUNTS: Final = (1, 50, 500)
SATURATING: Final = 100  # pairs, each with one command under way
TURNS: Final = 5  # of every cell: bridge and bare relay by turns
QUICK_TURNS: Final = 1
TALK_S: Final = 10.0
QUICK_TALK_S: Final = 2.5
SATURATED_S: Final = 2.0  # both processors are busy meanwhile
SPARE_S: Final = 8.0  # to come in, and to begin
SATURATED: Final = 0
RELAY_CPU: Final = 0
PAIRS_CPU: Final = 1
US: Final = 1e6

GOALS: Final = (
    Goal(figure="p99_ratio_50", at_most=2.2),
    Goal(figure="saturated_ratio", at_least=0.15),
)


@dataclass(frozen=True, kw_only=True)
class Relay:
    """Who is between the pairs."""

    pid: int
    port: int
    is_bare: bool = False


@dataclass(kw_only=True)
class Cell:
    """All talks of so many pairs over one relay."""

    talks: list[Talk] = field(default_factory=list)

    @property
    def times_us(self) -> list[float]:
        """One-way times of all."""
        return [each for talk in self.talks for each in talk.times_us]

    @property
    def per_s(self) -> float:
        """Commands that arrived, a second."""
        return sum(talk.arrived for talk in self.talks) / sum(talk.seconds for talk in self.talks)

    @property
    def cpu_us(self) -> float:
        """Processor time of the relay for each message that went through it, commands and telemetry."""
        return US * sum(talk.cpu_s for talk in self.talks) / max(1, sum(t.arrived + t.beacons for t in self.talks))


async def measure(report: Report, ends_s: float) -> None:
    """Let pairs talk over bridge and bare relay by turns, and fill in the report."""
    turns, talk_s = (QUICK_TURNS, QUICK_TALK_S) if report.is_slice else (TURNS, TALK_S)
    real: dict[int, Cell] = {}
    bare: dict[int, Cell] = {}
    with tempfile.TemporaryDirectory(prefix="stagebridge-bench-") as made:
        relay, pairs = (compiled(name, Path(made)) for name in ("relay", "pairs"))
        async with LoneBridge.opened() as bridge, bare_relay(relay) as (bare_pid, bare_port):
            rooms = await bridge.add_rooms(max(COUNTS))
            bridge_at = Relay(pid=bridge.pid, port=bridge.port)
            bare_at = Relay(pid=bare_pid, port=bare_port, is_bare=True)
            report.context["scheduling"] = [put_first(pid, cpu=RELAY_CPU) for pid in (bridge.pid, bare_pid)]
            for count in [count for _ in range(turns) for count in (*COUNTS, SATURATED)]:
                for cells, at in ((bare, bare_at), (real, bridge_at)):
                    seconds = SATURATED_S if count == SATURATED else talk_s
                    if time.monotonic() + seconds + SPARE_S > ends_s:
                        continue
                    talk = await _talk(pairs, count, rooms, at, seconds=seconds)
                    cells.setdefault(count, Cell()).talks.append(talk)
    tell(report, real, bare)


async def _talk(program: Path, count: int, rooms: Sequence[Room], at: Relay, *, seconds: float) -> Talk:
    used = rooms[: count or SATURATING]
    hellos = [hello for room in used for hello in (room.robot_hello(), room.presenter_hello())]
    rate_hz = AS_FAST_AS_IT_GOES if count == SATURATED else RATE_HZ
    async with Pairs.opened(
        program,
        port=at.port,
        relay_pid=at.pid,
        hellos=hellos,
        rate_hz=rate_hz,
        seconds=seconds,
        is_bare=at.is_bare,
        cpu=PAIRS_CPU,
    ) as pairs:
        return await pairs.talk()


def tell(report: Report, real: dict[int, Cell], bare: dict[int, Cell]) -> None:
    """Fill in figures and table.

    Raises:
        StagebridgeError: no command arrived.

    """
    table = Table("pairs", "relay", "commands", "p50 us", "p99 us", "p99.9 us", "a second", "CPU us", box=SIMPLE_HEAD)
    for count in (*COUNTS, SATURATED):
        of = {"bridge": real.get(count), "bare": bare.get(count)}
        if not all(cell is not None and cell.times_us for cell in of.values()):
            continue
        name = "saturated" if count == SATURATED else str(count)
        for who, cell in of.items():
            if cell is None:
                continue
            p50, p99, p999 = (percentile(cell.times_us, percent) for percent in (50, 99, 99.9))
            if count != SATURATED:
                report.figures |= {f"{who}_p50_us_{name}": p50, f"{who}_p99_us_{name}": p99}
            report.figures[f"{who}_cpu_us_{name}"] = cell.cpu_us
            shown = (f"{p50:.0f}", f"{p99:.0f}", f"{p999:.0f}", f"{cell.per_s:.0f}", f"{cell.cpu_us:.1f}")
            table.add_row(name, who, str(len(cell.times_us)), *shown)
    report.tables.append(table)
    if not report.figures:
        raise StagebridgeError("no command arrived over both relays: there was no time")
    for count in COUNTS:
        if f"bridge_p99_us_{count}" in report.figures:
            report.figures[f"p99_ratio_{count}"] = (
                report.figures[f"bridge_p99_us_{count}"] / report.figures[f"bare_p99_us_{count}"]
            )
    if SATURATED in real and SATURATED in bare:
        report.figures["saturated_per_s"] = real[SATURATED].per_s
        report.figures["bare_saturated_per_s"] = bare[SATURATED].per_s
        report.figures["saturated_ratio"] = real[SATURATED].per_s / bare[SATURATED].per_s


RELAY: Final = Bench(
    name="relay",
    summary="What the bridge adds to a command's one-way time, beside a bare relay in C.",
    goals=GOALS,
    work=measure,
)

if __name__ == "__main__":
    sys.exit(command.run(RELAY))
