"""An event loop whose clock jumps: nobody sleeps, and what would take seconds takes microseconds."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

LONGEST_S: Final = 3600.0

T = TypeVar("T")


class DeadlockError(Exception):
    """Every task waits, and nothing will ever wake one of them."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs what is ready at once, and moves its clock on to the next timer when nothing is."""

    def __init__(self) -> None:
        self.virtual_s = 1000.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self.virtual_s

    @property
    def now_ns(self) -> int:
        """The virtual time in nanoseconds."""
        return round(self.virtual_s * 1e9)


class _JumpingSelector(selectors.SelectSelector):
    """Waits for nothing: moves the clock instead."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Move the clock on by `timeout` and return what is ready."""
        if timeout is None:
            raise DeadlockError("every task waits for ever")
        self._loop.virtual_s += max(0.0, min(timeout, LONGEST_S))
        return []


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on a loop of its own, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
