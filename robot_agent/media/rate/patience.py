"""Down soon, up late, and later after each relapse: every change of the picture's size costs a keyframe."""

import enum
from typing import Final

from teleop_core.timebase import NS_PER_MS, NS_PER_S

DOWN_AFTER_NS: Final = NS_PER_S // 2
UP_AFTER_NS: Final = 600 * NS_PER_MS
LONGEST_NS: Final = 60 * NS_PER_S
LASTED_NS: Final = 8 * NS_PER_S  # a rise that lasted so long was right


class Turn(enum.Enum):
    """Where to go now."""

    DOWN = -1
    STAY = 0
    UP = 1


class Patience:
    """Says yes to a wish that stood without a break for long enough."""

    def __init__(self) -> None:
        self._up_after_ns = UP_AFTER_NS
        self._wish = Turn.STAY
        self._since_ns = 0
        self._rose_ns: int | None = None

    def turn(self, wish: Turn, *, now_ns: int, at_once: bool = False) -> Turn:
        """Return `wish` when its time has come, else STAY; `at_once` is for a fall that cannot wait."""
        if wish is not self._wish:
            self._wish, self._since_ns = wish, now_ns
        if wish is Turn.STAY:
            return Turn.STAY
        needed_ns = self._up_after_ns if wish is Turn.UP else 0 if at_once else DOWN_AFTER_NS
        if now_ns - self._since_ns < needed_ns:
            return Turn.STAY
        self._wish = Turn.STAY
        if wish is Turn.UP:
            self._rose_ns = now_ns
        else:
            relapsed = self._rose_ns is not None and now_ns - self._rose_ns < LASTED_NS
            self._up_after_ns = min(LONGEST_NS, 2 * self._up_after_ns) if relapsed else UP_AFTER_NS
        return wish
