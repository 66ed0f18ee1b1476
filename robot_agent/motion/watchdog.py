"""Two watchdogs of the motion loop.

`SleepWatch` notices afterwards that the loop, or the whole machine, was asleep: what came in meanwhile must not move
the robot. `KernelWatchdog` needs no Python to bite: when the loop has not turned for 2 s, the kernel ends the process;
the driver's own time limit has stopped the robot long before, and the agent starts a new process, latched.
"""

import contextlib
import signal
import time
from collections.abc import Iterator
from typing import Final

from teleop_core.timebase import ms, to_ms

OVERSLEPT_NS: Final = ms(500)
HUNG_S: Final = 2.0
_CLOCK_BOOTTIME: Final = getattr(time, "CLOCK_BOOTTIME", None)


class SleepWatch:
    """Compares each edge of the loop with the time it should have come, and two clocks with each other.

    CLOCK_MONOTONIC goes on while the process is stopped, so an edge is late; while the machine is suspended it stands
    still and CLOCK_BOOTTIME does not, so the distance between the two jumps.
    """

    def __init__(self, *, now_ns: int, boot_ns: int) -> None:
        self._distance_ns = boot_ns - now_ns

    def slept(self, *, due_ns: int, now_ns: int, boot_ns: int) -> str | None:
        """Return in words how the loop slept since the last call, None when it did not; `due_ns` is the next edge."""
        jump_ns = boot_ns - now_ns - self._distance_ns
        self._distance_ns = boot_ns - now_ns
        if jump_ns > OVERSLEPT_NS:
            return f"the machine was suspended for {to_ms(jump_ns):.0f} ms"
        if now_ns - due_ns > OVERSLEPT_NS:
            return f"the motion loop was held up for {to_ms(now_ns - due_ns):.0f} ms"
        return None


class KernelWatchdog:
    """A timer in the kernel whose signal ends this process by default, whatever the process is stuck in."""

    def __init__(self, *, patience_s: float = HUNG_S) -> None:
        self._patience_s = patience_s

    def feed(self) -> None:
        """Begin the time anew."""
        signal.setitimer(signal.ITIMER_REAL, self._patience_s)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Bite while inside, unless fed."""
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        self.feed()
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)


def no_watchdog() -> None:
    """Feed nobody."""


def boot_time_ns() -> int:
    """Return CLOCK_BOOTTIME in nanoseconds; the monotonic clock where the system has none."""
    return time.monotonic_ns() if _CLOCK_BOOTTIME is None else time.clock_gettime_ns(_CLOCK_BOOTTIME)
