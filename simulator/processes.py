"""Child processes that never outlive whoever started them, and the proof that none is left.

A child is started in a session of its own (a Ctrl-C in the terminal reaches only its parent, which stops it in order)
and carries two variables: `MARK`, by which it and all its descendants are found in /proc, and `PARENT`, by which it
asks the kernel to end it with its parent (`end_with_parent`). Linux only; elsewhere the parent's own clean-up is all
there is.
"""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from teleop_core.errors import SetupError

MARK: Final = "STAGE_RIG"  # not STAGEBRIDGE_: an agent hides those from its motion process
PARENT: Final = "STAGEBRIDGE_PARENT"

_PR_SET_PDEATHSIG: Final = 1  # prctl(2)
_POLL_S: Final = 0.01


def end_with_parent() -> None:
    """Have the kernel kill this process when the one that `PARENT` names ends; nothing when it names none.

    Called first thing in a child, so that a parent that died before the call is noticed too.
    """
    parent = os.environ.pop(PARENT, None)
    if parent is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        os.kill(os.getpid(), signal.SIGKILL)


class Child:
    """One child process: its log, its signals, its end.

    Raises:
        SetupError: the program cannot be started.

    """

    def __init__(self, name: str, argv: Sequence[str], *, mark: str, log: Path, extra: Mapping[str, str]) -> None:
        self.name = name
        self.log = log
        environ = {**os.environ, **extra, MARK: mark, PARENT: str(os.getpid()), "PYTHONUNBUFFERED": "1"}
        with log.open("ab") as output:
            try:
                self._process = subprocess.Popen(
                    argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environ, start_new_session=True
                )
            except OSError as exc:
                raise SetupError(f"cannot start {name} ({argv[0]}): {exc.strerror}") from exc

    @property
    def pid(self) -> int:
        """The process's id, also after its end."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """How it ended (negative: by which signal), None while it runs."""
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing when it has ended already."""
        self._process.send_signal(number)

    async def ended(self, *, within_s: float) -> bool:
        """Wait until it has ended; return whether it did in time."""
        deadline = time.monotonic() + within_s
        while self._process.poll() is None:
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(_POLL_S)
        return True

    async def stop(self, *, within_s: float) -> bool:
        """Ask it to end and, when it does not in time, kill it; return whether it ended by itself."""
        if self.exit_status is None:
            self.send(signal.SIGTERM)
            self.send(signal.SIGCONT)
        gently = await self.ended(within_s=within_s)
        if not gently:
            self.kill()
        return gently

    def kill(self) -> None:
        """End it with SIGKILL and collect it."""
        self._process.kill()
        self._process.wait()

    def tail(self, lines: int = 12) -> str:
        """Return the last lines of its log."""
        try:
            return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def marked(mark: str) -> list[int]:
    """Return the ids of all live processes that carry `mark`: children, and whatever they started."""
    return carrying(MARK, mark)


def carrying(variable: str, value: str) -> list[int]:
    """Return the ids of all other live processes that were started with this environment variable."""
    wanted = f"{variable}={value}".encode()
    return [pid for pid, environ in _environs() if wanted in environ.split(b"\0")]


async def none_marked(mark: str, *, within_s: float) -> bool:
    """Wait until no live process carries `mark`; return whether that came true in time."""
    deadline = time.monotonic() + within_s
    while marked(mark):
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(_POLL_S)
    return True


def kill_marked(mark: str) -> None:
    """End with SIGKILL whatever still carries `mark`."""
    for pid in marked(mark):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def command_line(pid: int) -> str:
    """Return how the process was started, as one line; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return ""


def _environs() -> Iterator[tuple[int, bytes]]:
    own = os.getpid()
    for entry in Path("/proc").glob("[0-9]*"):
        pid = int(entry.name)
        if pid == own:
            continue
        try:
            yield pid, (entry / "environ").read_bytes()
        except OSError:  # gone, or somebody else's
            continue
