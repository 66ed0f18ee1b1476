"""One direction of a connection in memory: it keeps the order, takes its time, fills up, goes dark and ends."""

import asyncio
import random
from collections import deque
from typing import Final

from prove.clock import NOBODY, VirtualLoop

CAPACITY: Final = 16  # frames in the kernels and in the reader's own queue, before the sender must wait
FOR_EVER: Final = float("inf")
_ROUNDING_S: Final = 1e-9


class Closed:
    """The end of one direction; `code` is None when no close frame came."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        self.code = code
        self.reason = reason


class Pipe:
    """One direction: what is sent arrives in order, after half to three halves of `delay_s`, once it is not dark."""

    def __init__(self, loop: VirtualLoop, rng: random.Random, *, delay_s: float) -> None:
        self._loop = loop
        self._rng = rng
        self._delay_s = delay_s
        self._flying: deque[tuple[float, bytes | Closed]] = deque()
        self._last_s = 0.0
        self._dark_until_s = 0.0
        self._reader: asyncio.Future[None] | None = None
        self._writers: list[asyncio.Future[None]] = []

    @property
    def is_full(self) -> bool:
        """Whether a sender has to wait until the reader takes something."""
        return len(self._flying) >= CAPACITY

    @property
    def is_dark(self) -> bool:
        """Whether nothing gets through now."""
        return self._dark_until_s > self._loop.virtual_s

    def go_dark(self, until_s: float) -> None:
        """Let nothing through until then; what is under way comes afterwards, and then all of it."""
        self._dark_until_s = until_s
        self._arm()

    def send(self, what: bytes | Closed) -> None:
        """Let `what` set out."""
        due_s = self._loop.virtual_s + self._delay_s * (0.5 + self._rng.random())
        self._last_s = due_s = max(due_s, self._last_s)
        self._flying.append((due_s, what))
        if len(self._flying) == 1:
            self._arm()

    def end(self, closed: Closed) -> None:
        """Lose what is under way, and end at once."""
        self._flying.clear()
        self._dark_until_s = self._last_s = 0.0
        self._flying.append((0.0, closed))
        self._wake_reader()
        self._wake_writers()

    def take(self) -> bytes | Closed | None:
        """Return the next that has arrived."""
        if not self._flying or self._due_s() > self._loop.virtual_s + _ROUNDING_S:
            return None
        what = self._flying.popleft()[1]
        if self._writers:
            self._wake_writers()
        return what

    async def recv(self) -> bytes | Closed:
        """Wait for the next to arrive."""
        while (what := self.take()) is None:
            self._reader = self._loop.create_future()
            self._arm()
            await self._reader
        return what

    async def room_within(self, seconds: float | None) -> bool:
        """Wait for room for a frame; return False when that takes longer."""
        if len(self._flying) < CAPACITY:
            return True
        try:
            async with asyncio.timeout(seconds):
                while len(self._flying) >= CAPACITY:
                    room = self._loop.create_future()
                    self._writers.append(room)
                    await room
        except TimeoutError:
            return False
        return True

    def _due_s(self) -> float:
        return max(self._flying[0][0], self._dark_until_s)

    def _arm(self) -> None:
        if self._reader is not None and self._flying and (due_s := self._due_s()) != FOR_EVER:
            self._loop.call_at(due_s, self._wake_reader, context=NOBODY)

    def _wake_reader(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _wake_writers(self) -> None:
        writers, self._writers = self._writers, []
        for each in writers:
            if not each.done():
                each.set_result(None)
