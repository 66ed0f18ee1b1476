"""Robots and their drivers on a bridge, or on a bare relay: `native/pairs.c` and `native/relay.c`, compiled and run."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from teleop_core.errors import SetupError
from teleop_core.timebase import NS_PER_S
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode

SOURCES: Final = Path(__file__).parent / "native"
OPEN_S: Final = 60.0
SPARE_S: Final = 10.0
COMPILERS: Final = ("cc", "gcc", "clang")
NUMBER: Final = 1_111_111_111  # stands in what is sent as a template
MARK: Final = b"@" * 10
NO_DRIVES: Final = -1.0
AS_FAST_AS_IT_GOES: Final = 0.0
_US: Final = 1000.0
_PRIORITY: Final = 10


@dataclass(frozen=True, kw_only=True)
class Talk:
    """What came of a while of talking."""

    times_us: list[float]  # one-way, of each command that was sent and arrived
    arrived: int
    sent: int
    beacons: int
    late_us: float  # by which the talkers themselves were late at most
    cpu_s: float  # of whoever relayed
    seconds: float


def compiled(name: str, folder: Path) -> Path:
    """Compile `native/<name>.c` into `folder` and return the program.

    Raises:
        SetupError: there is no compiler, or it refuses.

    """
    compiler = next((found for each in COMPILERS if (found := shutil.which(each))), None)
    if compiler is None:
        raise SetupError("expected a C compiler (cc, gcc or clang), found none: install Debian's gcc and libc6-dev")
    program = folder / name
    done = subprocess.run(
        [compiler, "-O2", "-o", program, SOURCES / f"{name}.c"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SetupError(f"{compiler} cannot compile {name}.c: {done.stderr.strip()[-300:]}")
    return program


def templates() -> bytes:
    """Return the two lines that a talk is made from: a drive command, and telemetry in its envelope."""
    still = m.WireTwist(vx_mps=0.0, vy_mps=0.0, wz_radps=0.0)
    drive = m.Drive(
        epoch="5f3a9c1e",
        fence=12,
        seq=NUMBER,
        dead_man=True,
        vx_mps=0.35,
        vy_mps=0.0,
        wz_radps=-0.21,
        beacon=81_234,
        picture=2_981_231_005,
    )
    telemetry = m.Telemetry(
        epoch="5f3a9c1e",
        tick=NUMBER,
        state=m.RobotState.DRIVING,
        limit=m.Limit.NONE,
        fence=12,
        driver="0123456789abcdef.tab-0001",
        latched=False,
        asked=still,
        applied=still,
        allowed_mps=0.6,
        measured=still,
        pose=m.WirePose(x_m=1.25, y_m=-0.5, heading_rad=0.7),
        command_age_ms=41.5,
        echo_age_ms=83.0,
        loop_delay_ms=163.0,
        battery=0.82,
    )
    envelope = m.ToPeer(to=None, lane=m.Lane.STATE, body=msgspec.Raw(encode(telemetry)))
    return b"".join(encode(each).replace(str(NUMBER).encode(), MARK) + b"\n" for each in (drive, envelope))


class Pairs:
    """Connections that are open: robot, driver, robot, driver."""

    def __init__(self, process: asyncio.subprocess.Process, *, seconds: float) -> None:
        self._process = process
        self._seconds = seconds

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        program: Path,
        *,
        port: int,
        relay_pid: int,
        hellos: Sequence[bytes],
        rate_hz: float,
        seconds: float,
        warm_s: float = 0.3,
        is_bare: bool = False,
        cpu: int = 0,
    ) -> "AsyncIterator[Pairs]":
        """Open one connection for each hello, `is_bare` without saying it, from processor `cpu`, before all others.

        They end with the context.

        Raises:
            SetupError: they are not let in.

        """
        process = await asyncio.create_subprocess_exec(
            *(
                program,
                str(port),
                str(len(hellos)),
                str(rate_hz),
                str(warm_s),
                str(seconds),
                str(int(is_bare)),
                str(relay_pid),
            ),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        pairs = cls(process, seconds=seconds)
        put_first(process.pid, cpu=cpu)
        try:
            async with asyncio.timeout(OPEN_S):
                await pairs._say(templates() + (b"" if is_bare else b"".join(hello + b"\n" for hello in hellos)))
                await pairs._hear("open")
            yield pairs
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def start(self) -> None:
        """Let them begin."""
        await self._say(b"go\n")

    async def talk(self) -> Talk:
        """Let them talk, once, and return what came of it.

        Raises:
            SetupError: a connection ended.

        """
        async with asyncio.timeout(self._seconds + SPARE_S):
            await self.start()
            told = json.loads(await self._line())
            stdout = self._process.stdout
            raw = await stdout.readexactly(4 * told["times"]) if stdout is not None else b""
            await self._process.wait()
        return Talk(
            times_us=[ns / _US for ns in memoryview(raw).cast("I")],
            arrived=told["arrived"],
            sent=told["sent"],
            beacons=told["beacons"],
            late_us=told["late_ns"] / _US,
            cpu_s=told["ran_ns"] / NS_PER_S,
            seconds=self._seconds,
        )

    async def _say(self, what: bytes) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(ConnectionError):  # whoever ended says why, below
                self._process.stdin.write(what)
                await self._process.stdin.drain()

    async def _hear(self, word: str) -> None:
        said = await self._line()
        if said.strip() != word.encode():
            raise SetupError(f"expected {word!r} of native/pairs.c, got {said[:80]!r}")

    async def _line(self) -> bytes:
        line = await self._process.stdout.readline() if self._process.stdout is not None else b""
        if not line:
            why = await self._process.stderr.read() if self._process.stderr is not None else b""
            raise SetupError(f"native/pairs.c ended: {why.decode(errors='replace').strip()[-300:]}")
        return line


@asynccontextmanager
async def bare_relay(program: Path) -> AsyncIterator[tuple[int, int]]:
    """Run `native/relay.c`; give its process's id and its port."""
    process = await asyncio.create_subprocess_exec(
        program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        port = await process.stdout.readline() if process.stdout is not None else b""
        yield process.pid, int(port)
    finally:
        process.kill()
        await process.wait()


def put_first(pid: int, *, cpu: int) -> str:
    """Have all threads of a process run before ordinary ones, on one processor; return in words what was got."""
    got: set[str] = set()
    allowed = sorted(os.sched_getaffinity(0))
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            os.sched_setaffinity(int(thread.name), {allowed[cpu % len(allowed)]})
            got.add("one processor")
        with contextlib.suppress(OSError):
            os.sched_setscheduler(int(thread.name), os.SCHED_RR, os.sched_param(_PRIORITY))
            got.add("real time")
    return ", ".join(sorted(got)) or "ordinary"
