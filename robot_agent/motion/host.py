"""What the motion process asks of its host: to be alone with its robot, to be woken on time, and no surprise pauses."""

import contextlib
import fcntl
import gc
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from teleop_core.errors import SetupError

LOCK_NAME: Final = "motion.lock"
LOCK_PATIENCE_S: Final = 5.0
_LOCK_RETRY_S: Final = 0.05
_PRIORITY: Final = 20
_NICENESS: Final = -10
_GROUP: Final = Path("/proc/self/autogroup")


@contextlib.contextmanager
def sole_owner(state_dir: Path, *, patience_s: float = LOCK_PATIENCE_S) -> Iterator[None]:
    """Hold the robot's lock, so that never two motion processes move one robot.

    Raises:
        SetupError: another process keeps it for longer than `patience_s`, or there is no such directory.

    """
    path = state_dir / LOCK_NAME
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise SetupError(f"robot.state_dir: cannot use {state_dir}: {exc.strerror}") from exc
    try:
        _lock(fd, path, deadline_s=time.monotonic() + patience_s)
        yield
    finally:
        os.close(fd)


def _lock(fd: int, path: Path, *, deadline_s: float) -> None:
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            if time.monotonic() >= deadline_s:
                raise SetupError(
                    f"another motion process has this robot: {path} is locked; stop it, or set another robot.state_dir"
                ) from exc
            time.sleep(_LOCK_RETRY_S)
        else:
            return


def ask_for_priority() -> str:
    """Ask for real-time scheduling of this thread alone; return in a word what was got."""
    if sys.platform != "linux":
        return "default"
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(_PRIORITY))
    except OSError as exc:
        return f"default ({exc.strerror})"
    return f"fifo-{_PRIORITY}"


def ask_to_be_prompt() -> str:
    """Ask that this process runs before ordinary ones (the agent: its silence stops the robot); say what was got.

    Where the kernel shares the processor by session first (its autogroups), a process's own niceness counts within
    its session only: a process that leads one asks for it too.
    """
    try:
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    except OSError as exc:
        return f"default ({exc.strerror})"
    if not _GROUP.exists() or os.getsid(0) != os.getpid():
        return f"nice {_NICENESS}"
    try:
        _GROUP.write_text(f"{_NICENESS}\n")
    except OSError as exc:
        return f"nice {_NICENESS} in its session alone ({exc.strerror})"
    return f"nice {_NICENESS} with its session"


def calm_the_collector() -> None:
    """Keep the garbage collector out of the loop, which collects by itself when the robot stands."""
    gc.collect()
    gc.freeze()
    gc.disable()
