"""Threads beside the event loop: their end is awaited there, and they call into it, in bounded number."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Final, ParamSpec

P = ParamSpec("P")


WAIT_S: Final = 0.2  # how long a thread sleeps at most before it looks whether it must end


def start_thread(name: str, target: Callable[[], None]) -> asyncio.Future[None]:
    """Run `target` in a daemon thread and return a future that ends with it, carrying its exception if it raised one.

    A daemon, because a camera may block for ever inside its driver, and that must not keep the process alive.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def settle(failure: BaseException | None) -> None:
        if ended.done():
            return
        if failure is None:
            ended.set_result(None)
        else:
            ended.set_exception(failure)

    def run() -> None:
        failure: BaseException | None = None
        try:
            target()
        except BaseException as exc:  # noqa: BLE001 - the root of this thread: whatever ended it is raised by whoever awaits
            failure = exc
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody awaits any more
            loop.call_soon_threadsafe(settle, failure)

    threading.Thread(target=run, name=name, daemon=True).start()
    return ended


class LoopCalls:
    """Calls from one thread into the event loop, in order; those that the loop has not come to yet are counted."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, limit: int) -> None:
        self._loop = loop
        self._limit = limit
        self._made = 0  # counted by the thread alone, as the next is by the loop: no lock is needed
        self._done = 0

    @property
    def is_full(self) -> bool:
        """Whether as many calls wait as may: the loop is behind, and more work for it is not to be begun."""
        return self._made - self._done >= self._limit

    def call(self, function: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have the loop call `function`; nothing once the loop is closed."""

        def run() -> None:
            self._done += 1
            function(*args, **kwargs)

        self._made += 1
        with contextlib.suppress(RuntimeError):  # the loop is closed: the process is going away
            self._loop.call_soon_threadsafe(run)
