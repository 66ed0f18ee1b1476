"""Which fault is next: a round of all of them after another, so that whatever changes meanwhile changes for all."""

from collections import Counter, deque
from collections.abc import Sequence
from typing import Final

from bench.faults import Fault

SLACK: Final = 1.3  # a machine under load takes longer
SOON: Final = 6  # drives from now: whatever starved the machine may be over by then


class Plan:
    """What is still to be driven, shared by all venues.

    A drive that gave no figure is driven again. A fault with more than `most_failures` of them is given up.
    """

    def __init__(self, faults: Sequence[Fault], *, rounds: int, most_failures: int) -> None:
        self._todo = deque(fault for _ in range(rounds) for fault in faults)
        self._most_failures = most_failures
        self.failures: Counter[str] = Counter()
        self.given_up: Counter[str] = Counter()
        self.reasons: dict[str, str] = {}  # why the last drive of a fault gave no figure

    @property
    def left(self) -> int:
        """How many drives nobody has taken yet."""
        return len(self._todo)

    def take(self, *, left_s: float) -> Fault | None:
        """Return the next fault that fits into the time that is left, None when none does."""
        for fault in self._todo:
            if fault.lasts_s * SLACK <= left_s:
                self._todo.remove(fault)
                return fault
        return None

    def failed(self, fault: Fault, reason: str) -> None:
        """Note that a drive gave no figure, and have it driven again soon unless that came about too often."""
        self.failures[fault.name] += 1
        self.reasons[fault.name] = reason
        self._todo.insert(SOON, fault)
        if self.failures[fault.name] > self._most_failures:
            self.given_up[fault.name] += self._todo.count(fault)
            self._todo = deque(each for each in self._todo if each is not fault)

    def gave_back(self, fault: Fault) -> None:
        """Note that there was no time to end a drive."""
        self._todo.appendleft(fault)

    def missing(self) -> Counter[str]:
        """Return how many drives of each fault were not taken, or given up."""
        return Counter(fault.name for fault in self._todo) + self.given_up
