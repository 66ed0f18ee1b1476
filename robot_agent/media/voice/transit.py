"""How unevenly packets travel: the fastest of the last eight seconds, and how much later the late ones come."""

import bisect
from collections import deque
from typing import Final

WINDOW_PACKETS: Final = 400  # 8 s of 20 ms packets
SHORTEST_TARGET_MS: Final = 20.0  # FEC needs the next packet, which comes 20 ms later
LONGEST_TARGET_MS: Final = 100.0
MARGIN_MS: Final = 5.0
STALL_MS: Final = LONGEST_TARGET_MS + 50.0
ANCHOR_PACKETS: Final = 25  # after a pause: when so many were not faster, the fastest is as fast as the line is
ANOTHER_LINE_PACKETS: Final = 50  # a second of packets that do not fit: it is the line that changed

_LATE_SHARE: Final = 0.98
_BACKWARDS_MS: Final = 500.0  # a packet so much faster than any before it counts time anew


class Transit:
    """Transit times in ms, each the arrival by our clock less the sending by theirs; only differences mean anything."""

    def __init__(self) -> None:
        self._order: deque[float] = deque()
        self._sorted: list[float] = []
        self._misfits = 0
        self._misfit_floor_ms = 0.0
        self._anchoring = 0

    @property
    def floor_ms(self) -> float | None:
        """The fastest packet's, None before the first."""
        return self._sorted[0] if self._sorted else None

    @property
    def target_ms(self) -> float:
        """How long a voice must wait, from the fastest packet's arrival on, so that the late ones are there too."""
        if not self._sorted:
            return SHORTEST_TARGET_MS
        late = self._sorted[int(_LATE_SHARE * (len(self._sorted) - 1))] - self._sorted[0]
        return min(max(late + MARGIN_MS, SHORTEST_TARGET_MS), LONGEST_TARGET_MS)

    def add(self, transit_ms: float) -> bool:
        """Take in one packet; return False when what was known before it means nothing any more."""
        floor_ms = self.floor_ms
        if floor_ms is not None and self._anchoring:
            self._anchor(transit_ms - floor_ms)
            floor_ms = self.floor_ms
        if floor_ms is not None and transit_ms < floor_ms - _BACKWARDS_MS:
            return self._begin_anew(transit_ms)
        if floor_ms is not None and transit_ms > floor_ms + STALL_MS:  # a stall says nothing about ordinary days
            return self._misfit(transit_ms)
        self._misfits = 0
        self._remember(transit_ms)
        return True

    def resume(self) -> None:
        """Expect the next packet after a pause: its sender's clock may have stood still, the line is what it was."""
        self._anchoring = ANCHOR_PACKETS

    def _anchor(self, off_ms: float) -> None:
        """Move all that is known to the first packet after a pause, and then to each of the next that is faster."""
        first = self._anchoring == ANCHOR_PACKETS
        if first or off_ms < 0:
            self._order = deque(each + off_ms for each in self._order)
            self._sorted = [each + off_ms for each in self._sorted]
        if first or off_ms >= 0:
            self._anchoring -= 1

    def _misfit(self, transit_ms: float) -> bool:
        if self._misfits == 0 or transit_ms < self._misfit_floor_ms - MARGIN_MS:  # it is catching up
            self._misfits = 0
            self._misfit_floor_ms = transit_ms
        self._misfits += 1
        return self._misfits < ANOTHER_LINE_PACKETS or self._begin_anew(transit_ms)

    def _begin_anew(self, transit_ms: float) -> bool:
        self._order.clear()
        self._sorted.clear()
        self._misfits = 0
        self._remember(transit_ms)
        return False

    def _remember(self, transit_ms: float) -> None:
        if len(self._order) == WINDOW_PACKETS:
            oldest = self._order.popleft()
            del self._sorted[bisect.bisect_left(self._sorted, oldest)]
        self._order.append(transit_ms)
        bisect.insort(self._sorted, transit_ms)
