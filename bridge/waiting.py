"""What a link waits with: asyncio's Queue and Event in what uvicorn uses of them, at a tenth of their memory."""

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """A queue with one reader; what it holds is bounded by whoever puts it in."""

    __slots__ = ("_items", "_reader")

    def __init__(self) -> None:
        self._items: list[T] = []
        self._reader: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        """Return whether there is nothing to get."""
        return not self._items

    def qsize(self) -> int:
        """Return how much there is to get."""
        return len(self._items)

    def put_nowait(self, item: T) -> None:
        """Put in another, behind all others."""
        self._items.append(item)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def get_nowait(self) -> T:
        """Take the next, which is there."""
        return self._items.pop(0)

    async def get(self) -> T:
        """Wait for the next, and take it."""
        while not self._items:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._items.pop(0)


class Flag:
    """Set or not; waited for seldom."""

    __slots__ = ("_is_set", "_waiters")

    def __init__(self) -> None:
        self._is_set = False
        self._waiters: list[asyncio.Future[None]] | None = None

    def is_set(self) -> bool:
        """Return whether it is set."""
        return self._is_set

    def set(self) -> None:
        """Set it, and wake who waits."""
        self._is_set = True
        waiters, self._waiters = self._waiters, None
        for waiter in waiters or ():
            if not waiter.done():
                waiter.set_result(None)

    def clear(self) -> None:
        """Have it not set."""
        self._is_set = False

    async def wait(self) -> bool:
        """Wait until it is set."""
        while not self._is_set:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters = [*(self._waiters or ()), waiter]
            await waiter
        return True
