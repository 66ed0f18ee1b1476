"""Runs one of the parts until it ends or a signal ends it, in order."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Final, TypeVar

ENDING_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

T = TypeVar("T")


def run_until_signal(
    work: Callable[[], Coroutine[object, object, T]],
    *,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> T | None:
    """Run `work`; SIGINT, SIGTERM and SIGHUP cancel it, once, and its clean-up runs to the end.

    Return its outcome, or None when a signal ended it.
    """

    async def guarded() -> T | None:
        loop = asyncio.get_running_loop()
        task = loop.create_task(work(), name="main")
        for number in ENDING_SIGNALS:
            loop.add_signal_handler(number, _cancel_once(task))
        try:
            return await task
        except asyncio.CancelledError:
            return None

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(guarded())


def _cancel_once(task: "asyncio.Task[T]") -> Callable[[], None]:
    asked = False

    def cancel() -> None:
        nonlocal asked
        if not asked:
            asked = True
            task.cancel()

    return cancel
