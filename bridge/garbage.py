"""When the garbage collector of a bridge's process looks, and at what: each look holds up every command.

Python looks when so much more was made than freed, at all that came since, now and then at everything: with thousands
of connections that takes 10 to 100 ms. Here it looks fifty times a second at what came since the last time, and passes
over what is left from then on, which takes a fraction of a millisecond. Connections undo their own cycles at their end,
so that nothing of them waits for a look; what else may hide among the old is looked for when the process has become
twice as large as after the last time.
"""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, NoReturn

LOOK_S: Final = 0.02
SPARE_KIB: Final = 64 * 1024  # that may come before everything is looked at again, at the least


def most_memory_kib() -> int:
    """Return how large this process has ever been; where the system does not tell, 0."""
    if sys.platform == "win32":
        return 0
    import resource  # noqa: PLC0415 - not on every platform

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024 if sys.platform == "darwin" else most


@asynccontextmanager
async def collecting_little(memory_kib: Callable[[], int] = most_memory_kib) -> AsyncIterator[None]:
    """Have the collector of this process look often and at little, for so long."""
    collecting = asyncio.create_task(_collect(memory_kib), name="garbage")
    try:
        yield
    finally:
        collecting.cancel()
        await asyncio.wait((collecting,))


async def _collect(memory_kib: Callable[[], int]) -> NoReturn:
    gc.disable()
    try:
        while True:
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            bound_kib = 2 * memory_kib() + SPARE_KIB
            while memory_kib() <= bound_kib:
                await asyncio.sleep(LOOK_S)
                gc.collect(0)
                gc.freeze()
    finally:
        gc.enable()
        gc.unfreeze()
