"""Which frames came before: one sender says each over several lines, and its first copy counts.

Numbers further behind the newest than the window reaches count as heard: RFC 4303, section 3.4.3.
"""

from collections.abc import Hashable
from typing import Final

WINDOW: Final = 4096
MAX_SLOTS: Final = 256

_MASK: Final = (1 << WINDOW) - 1


class Copies:
    """What was heard of one sender, by the numbers of its frames."""

    def __init__(self) -> None:
        self._newest = -1
        self._heard = 0  # bit i: the i-th number before the newest was heard
        self._states: dict[Hashable, int] = {}

    def is_first(self, number: int) -> bool:
        """Hear `number`; return whether it is no copy."""
        ahead = number - self._newest
        if ahead > 0:
            self._heard = ((self._heard << min(ahead, WINDOW)) | 1) & _MASK
            self._newest = number
            return True
        if ahead <= -WINDOW:
            return False
        bit = 1 << -ahead
        is_first = not self._heard & bit
        self._heard |= bit
        return is_first

    def has(self, number: int) -> bool:
        """Return whether `number` was heard for certain; not what lies beyond the window."""
        behind = self._newest - number
        return 0 <= behind < WINDOW and bool(self._heard >> behind & 1)

    def is_newest(self, slot: Hashable, number: int) -> bool:
        """Hear a state of which only the newest counts; return whether none of `slot` with a higher number came."""
        known = self._states.pop(slot, -1)
        self._states[slot] = max(known, number)
        if len(self._states) > MAX_SLOTS:
            del self._states[next(iter(self._states))]  # of which nothing was heard for the longest time
        return number >= known
