"""When this process's garbage collector looks, and at what: each look holds up every command.

Python looks at all that is young, then at what has survived ten times, then at everything: with thousands of
connections that takes 10 to 100 ms again and again. Here what has survived once is passed over from then on, so that
a look takes a fraction of a millisecond. Connections undo their own cycles at their end, so that nothing of them waits
for a look; what else may hide among the old is looked for when the process has become twice as large since last time.
"""

import gc
import sys
from collections.abc import Callable, Mapping
from typing import Final

YOUNG_OBJECTS: Final = 1_000
SPARE_KIB: Final = 64 * 1024  # that may come before everything is looked at again, at the least


def most_memory_kib() -> int:
    """Return how large this process has ever been; where the system does not tell, 0."""
    if sys.platform == "win32":
        return 0
    import resource  # noqa: PLC0415 - not on every platform

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024 if sys.platform == "darwin" else most


class Seldom:
    """Sees to it from `start` on; `call_soon` runs what it is told outside of a look, on the loop's thread."""

    def __init__(
        self, call_soon: Callable[[Callable[[], None]], object], *, memory_kib: Callable[[], int] = most_memory_kib
    ) -> None:
        self._call_soon = call_soon
        self._memory_kib = memory_kib
        self._most_kib = 0
        self._is_due = False

    def start(self) -> None:
        """Look at everything once, and from now on seldom."""
        gc.set_threshold(YOUNG_OBJECTS, 10, 10)
        gc.callbacks.append(self._looked)
        self.look_at_everything()

    def stop(self) -> None:
        """Leave the collector as Python has it."""
        gc.callbacks.remove(self._looked)
        gc.unfreeze()
        gc.set_threshold(700, 10, 10)

    def look_at_everything(self) -> None:
        """Look at everything, and pass over what is left."""
        self._is_due = True  # until it is done: this look is one, too
        gc.unfreeze()
        gc.collect()
        self._most_kib = 2 * self._memory_kib() + SPARE_KIB
        self._is_due = False

    def _looked(self, phase: str, _: Mapping[str, int]) -> None:
        if phase != "stop":
            return
        gc.freeze()
        if not self._is_due and self._memory_kib() > self._most_kib:
            self._is_due = True
            self._call_soon(self.look_at_everything)
