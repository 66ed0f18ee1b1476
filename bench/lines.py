"""A process of ours that is spoken to in lines of JSON: one line in, one line out."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, Self

from teleop_core.errors import SetupError
from teleop_core.timebase import NS_PER_S

MAX_LINE_BYTES: Final = 1 << 20
_PAGE_BYTES: Final = 4096


class LineProcess:
    """A running `python -m MODULE`; it says one line when it is ready."""

    def __init__(self, module: str, process: asyncio.subprocess.Process) -> None:
        self._module = module
        self._process = process

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, module: str, *arguments: str) -> "AsyncIterator[Self]":
        """Start it and wait until it is ready; it ends with the context.

        Raises:
            SetupError: it ended instead.

        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MAX_LINE_BYTES,
            start_new_session=True,
        )
        running = cls(module, process)
        try:
            await running._hear()
            yield running
        finally:
            await running.end()

    async def end(self) -> None:
        """End it, if it has not ended."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    @property
    def cpu_s(self) -> float:
        """How long its threads have run, from the scheduler's own count."""
        ran_ns = 0
        for thread in Path(f"/proc/{self._process.pid}/task").iterdir():
            with contextlib.suppress(OSError):  # it has just ended
                ran_ns += int((thread / "schedstat").read_text(encoding="ascii").split()[0])
        return ran_ns / NS_PER_S

    @property
    def memory_mb(self) -> float:
        """How much memory it has touched and holds."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * _PAGE_BYTES / 1e6

    async def ask(self, what: dict[str, object]) -> dict[str, object]:
        """Say a line and return the answer."""
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(what).encode() + b"\n")
        return await self._hear()

    async def _hear(self) -> dict[str, object]:
        line = await self._process.stdout.readline() if self._process.stdout is not None else b""
        if not line:
            raise SetupError(f"expected a line of {self._module}, but its process ended")
        heard: dict[str, object] = json.loads(line)
        return heard


async def own_lines() -> asyncio.StreamReader:
    """Return the lines of this process's standard input."""
    reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def say(what: dict[str, object]) -> None:
    """Answer with a line on standard output."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()
