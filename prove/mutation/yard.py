"""A copy of the rules and of their tests, with warm processes in it; what is edited meanwhile changes no verdict."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from prove.mutation.trial import Outcome, Trial

TESTS: Final = "tests/teleop_core"
COPIED: Final = ("teleop_core", "prove", TESTS)
INI: Final = "[pytest]\npythonpath = .\naddopts = --import-mode=importlib -p no:cacheprovider\nfilterwarnings = error\n"


class Yard:
    """Runs trials, as many at a time as there are processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[Process] = []
        self._free: asyncio.Queue[Process] = asyncio.Queue()

    def tests(self) -> list[str]:
        """Return the modules of tests in it."""
        return sorted(f"{TESTS}/{path.name}" for path in (self._folder / TESTS).glob("test_*.py"))

    async def run(self, test: str, instead: Mapping[str, str], *, cpu_s: int) -> Outcome:
        """Run a trial as soon as a process is free.

        Raises:
            RuntimeError: the process is gone.

        """
        process = await self._free.get()
        to_it, from_it = process.stdin, process.stdout
        if to_it is None or from_it is None:
            raise RuntimeError("expected pipes to a process that tries mutants")
        to_it.write(msgspec.json.encode(Trial(test=test, instead=instead, cpu_s=cpu_s)) + b"\n")
        await to_it.drain()
        line = await from_it.readline()
        if not line:
            raise RuntimeError("a process that tries mutants ended before its time")
        self._free.put_nowait(process)
        return msgspec.json.decode(line, type=Outcome)

    async def start(self) -> None:
        """Start one more process, in a group of its own, so that its fork ends with it."""
        environment = {
            **os.environ,
            "PYTHONHASHSEED": "0",
            "PYTHONPYCACHEPREFIX": str(self._folder / "pycache"),
            "HYPOTHESIS_STORAGE_DIRECTORY": str(self._folder / "hypothesis"),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment.pop("PYTEST_ADDOPTS", None)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "prove.mutation.warm"),
            cwd=self._folder,
            env=environment,
            stdin=PIPE,
            stdout=PIPE,
            start_new_session=True,
        )
        self._processes.append(process)
        self._free.put_nowait(process)

    async def end(self) -> None:
        """End every process, and whatever it was running."""
        for process in self._processes:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


@asynccontextmanager
async def open_yard(root: Path, *, processes: int) -> AsyncIterator[Yard]:
    """Copy the project at `root` and start processes in the copy."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        for copied in COPIED:
            shutil.copytree(root / copied, folder / copied, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "pytest.ini").write_text(INI)
        yard = Yard(folder)
        try:
            for _ in range(processes):
                await yard.start()
            yield yard
        finally:
            await yard.end()
