"""A thread whose end is awaited on the event loop."""

import asyncio
import contextlib
import threading
from collections.abc import Callable


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
