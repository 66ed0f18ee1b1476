"""`python -m bench.connections`: what a connection costs the bridge, and what a crowd costs the one who drives.

The real bridge, alone in its process; the driver, those who sit idle and those who mean harm in processes of their own.
docs/reference/benches.md says how.
"""

import asyncio
import os
import re
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench import command
from bench.command import Bench
from bench.flood import rss_bytes
from bench.lone_bridge import LoneBridge, Room
from bench.pairs import NO_DRIVES, Pairs, Talk, compiled, put_first
from bench.percentiles import percentile
from bench.report import Goal, Report
from simulator.crowd import Kind
from teleop_core.errors import StagebridgeError
from teleop_core.wire.messages import Role

IDLE: Final = 5_000
IN_A_ROOM: Final = 20  # a robot, and those who look on
PLACES: Final = 8_000
HOSTILE: Final[Mapping[Kind, int]] = {
    Kind.SILENT: 200,  # half-open
    Kind.LORIS: 150,
    Kind.LATE_LORIS: 100,
    Kind.KNOCKERS: 200,  # half a handshake
    Kind.FORGERS: 100,
    Kind.RUBBISH: 100,
    Kind.BOMBS: 50,
    Kind.CRUMBS: 10,
    Kind.GIANTS: 10,
    Kind.PAGES: 20,  # slow readers, of pages
    Kind.DEAF: 60,  # slow readers, of answers that they ask for
}
HOSTILE_PER_S: Final = 200.0
HOSTILE_ADDRESSES: Final = 20
RATE_HZ: Final = 50.0
TURNS: Final = 4
ALONE_S: Final = 15.0
CROWDED_S: Final = 40.0
QUICK_ALONE_S: Final = 3.0
QUICK_CROWDED_S: Final = 7.0
GATHERS_S: Final = 5.0  # until all of them have come
LEAVES_S: Final = 12.0  # until its last is forgotten
QUICK_LEAVES_S: Final = 0.5
BRIDGE_CPU: Final = 0
PEOPLE_CPU: Final = 1
KIB: Final = 1024

GOALS: Final = (
    Goal(figure="driver_p99_ratio", at_most=1.2),
    Goal(figure="kib_per_connection", at_most=20.0),
)


@dataclass(kw_only=True)
class Seen:
    """All that was seen of the driver's commands in one company."""

    talks: list[Talk] = field(default_factory=list)

    @property
    def times_us(self) -> list[float]:
        """One-way times of all."""
        return [each for talk in self.talks for each in talk.times_us]

    @property
    def lost(self) -> int:
        """Commands that were sent and replaced, or under way at the end."""
        return sum(talk.sent - talk.arrived for talk in self.talks)


@dataclass(kw_only=True)
class Found:
    """What a run found."""

    alone: Seen = field(default_factory=Seen)
    idle: Seen = field(default_factory=Seen)
    crowded: Seen = field(default_factory=Seen)
    kib_each: list[float] = field(default_factory=list)


@dataclass(kw_only=True)
class Scene:
    """A bridge, and who comes to it."""

    bridge: LoneBridge
    program: Path
    driver: Room
    other: Room  # where those of the crowd come in who have a token
    rooms: list[Room]

    async def drive(self, seen: Seen, *, for_s: float) -> None:
        """Let the driver drive, and note it."""
        hellos = [self.driver.robot_hello(), self.driver.presenter_hello()]
        async with self._connections(hellos, rate_hz=RATE_HZ, seconds=for_s) as pair:
            seen.talks.append(await pair.talk())

    @asynccontextmanager
    async def idle(self) -> AsyncIterator[None]:
        """Have everybody there who only sits there and answers the bridge's pings."""
        hellos = [
            hello
            for room in self.rooms
            for hello in (room.robot_hello(), *(room.observer_hello(number) for number in range(1, IN_A_ROOM)))
        ]
        async with self._connections(hellos, rate_hz=NO_DRIVES, seconds=3600.0) as everybody:
            await everybody.start()
            yield

    @asynccontextmanager
    async def hostile(self, *, for_s: float) -> AsyncIterator[None]:
        """Have those there who mean harm."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "simulator.crowd", *(f"{kind.value}={n}" for kind, n in HOSTILE.items())),
            *("--port", str(self.bridge.port), "--seconds", str(for_s)),
            *("--addresses", str(HOSTILE_ADDRESSES), "--per-second", str(HOSTILE_PER_S)),
            stdout=asyncio.subprocess.DEVNULL,
            env={**os.environ, "CROWD_TOKEN": self.other.tokens[Role.OBSERVER]},
        )
        try:
            yield
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    @asynccontextmanager
    async def _connections(self, hellos: list[bytes], *, rate_hz: float, seconds: float) -> AsyncIterator[Pairs]:
        async with Pairs.opened(
            self.program,
            port=self.bridge.port,
            relay_pid=self.bridge.pid,
            hellos=hellos,
            rate_hz=rate_hz,
            seconds=seconds,
            cpu=PEOPLE_CPU,
        ) as pairs:
            yield pairs


async def measure(report: Report, ends_s: float) -> None:
    """Drive alone, beside those who sit idle, and in the crowd, by turns; fill in the report."""
    found = Found()
    alone_s, crowded_s = (QUICK_ALONE_S, QUICK_CROWDED_S) if report.is_slice else (ALONE_S, CROWDED_S)
    leaves_s = QUICK_LEAVES_S if report.is_slice else LEAVES_S
    async with AsyncExitStack() as leaving:
        made = leaving.enter_context(tempfile.TemporaryDirectory(prefix="stagebridge-bench-"))
        bridge = await leaving.enter_async_context(LoneBridge.opened({"max_connections": PLACES}))
        scene = Scene(
            bridge=bridge,
            program=compiled("pairs", Path(made)),
            driver=(await bridge.add_rooms(1, name="driven"))[0],
            other=(await bridge.add_rooms(1, name="other", roles=(Role.OBSERVER,)))[0],
            rooms=await bridge.add_rooms(IDLE // IN_A_ROOM, roles=(Role.OBSERVER,)),
        )
        report.context["scheduling"] = put_first(bridge.pid, cpu=BRIDGE_CPU)
        for _ in range(1 if report.is_slice else TURNS):
            began_s = time.monotonic()
            await _turn(scene, found, alone_s=alone_s, crowded_s=crowded_s, is_slice=report.is_slice)
            await asyncio.sleep(leaves_s)
            if 2 * time.monotonic() - began_s + alone_s > ends_s:
                break  # no time for another like it
        await scene.drive(found.alone, for_s=alone_s)
        report.context["turned_away"] = await asyncio.to_thread(turned_away, bridge.url)
    tell(report, found)


async def _turn(scene: Scene, found: Found, *, alone_s: float, crowded_s: float, is_slice: bool) -> None:
    await scene.drive(found.alone, for_s=alone_s)
    before = await asyncio.to_thread(memory_bytes, scene.bridge.pid)
    async with scene.idle():
        grown = await asyncio.to_thread(memory_bytes, scene.bridge.pid) - before
        found.kib_each.append(grown / IDLE / KIB)
        if not is_slice:
            await scene.drive(found.idle, for_s=alone_s)
        async with scene.hostile(for_s=GATHERS_S + crowded_s + 1.0):
            await asyncio.sleep(GATHERS_S)
            await scene.drive(found.crowded, for_s=crowded_s)


def memory_bytes(pid: int) -> int:
    """Return how much memory a process and those that it has started have in use."""
    children = (
        child for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    )
    return rss_bytes(pid) + sum(rss_bytes(int(child)) for child in children)


def turned_away(url: str) -> dict[str, int]:
    """Return how many connections and frames the bridge has refused, by reason, as its metrics say."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=5.0) as answer:  # noqa: S310 -- http, our own
        return refusals(answer.read().decode())


def refusals(metrics: str) -> dict[str, int]:
    """Return the refusals that are told in Prometheus' text, those that came about."""
    told = re.findall(r'^stagebridge_refused_total\{reason="(\w+)"\} ([0-9.e+]+)$', metrics, re.MULTILINE)
    return {reason: int(float(count)) for reason, count in told if float(count)}


def tell(report: Report, found: Found) -> None:
    """Fill in figures and table; memory is that of the first turn, for later ones find what the first has left.

    Raises:
        StagebridgeError: no command arrived in one of the companies.

    """
    table = Table("the driver", "commands", "lost", "p50 us", "p99 us", "p99.9 us", box=SIMPLE_HEAD)
    for name, seen in (("alone", found.alone), ("idle", found.idle), ("crowded", found.crowded)):
        if not seen.times_us:
            if seen is found.idle:
                continue
            raise StagebridgeError(f"no command arrived: {name}")
        p50, p99, p999 = (percentile(seen.times_us, percent) for percent in (50, 99, 99.9))
        report.figures |= {f"{name}_p50_us": p50, f"{name}_p99_us": p99, f"{name}_p999_us": p999}
        table.add_row(name, str(len(seen.times_us)), str(seen.lost), f"{p50:.0f}", f"{p99:.0f}", f"{p999:.0f}")
    report.figures["driver_p99_ratio"] = report.figures["crowded_p99_us"] / report.figures["alone_p99_us"]
    if found.idle.times_us:
        report.figures["idle_p99_ratio"] = report.figures["idle_p99_us"] / report.figures["alone_p99_us"]
    report.figures["kib_per_connection"] = found.kib_each[0]
    report.context |= {
        "idle": IDLE,
        "hostile": {kind.value: count for kind, count in HOSTILE.items()},
        "kib_each_turn": [round(each, 1) for each in found.kib_each],
    }
    report.tables.append(table)


CONNECTIONS: Final = Bench(
    name="connections",
    summary="What a connection costs the bridge, and what a crowd costs the one who drives.",
    goals=GOALS,
    work=measure,
)

if __name__ == "__main__":
    sys.exit(command.run(CONNECTIONS))
