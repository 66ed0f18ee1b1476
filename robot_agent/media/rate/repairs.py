"""How often a packet is sent again: never refused for good, since newer pictures cannot be shown without it."""

from typing import Final

from teleop_core.timebase import NS_PER_MS, NS_PER_S

_LEAST_NS: Final = 50 * NS_PER_MS
_KEPT_NS: Final = 4 * NS_PER_S
_MAX_KEPT: Final = 4_096


class Repairs:
    """Remembers when each packet was repaired last."""

    def __init__(self) -> None:
        self._repaired_ns: dict[int, int] = {}

    def may(self, sequence: int, *, round_trip_ns: int, now_ns: int) -> bool:
        """Return whether to repair `sequence` now; one round trip long, an earlier repair may still be on its way."""
        last_ns = self._repaired_ns.get(sequence)
        if last_ns is not None and now_ns - last_ns < max(_LEAST_NS, round_trip_ns):
            return False
        self._repaired_ns.pop(sequence, None)
        self._repaired_ns[sequence] = now_ns
        while len(self._repaired_ns) > _MAX_KEPT or next(iter(self._repaired_ns.values())) < now_ns - _KEPT_NS:
            del self._repaired_ns[next(iter(self._repaired_ns))]
        return True
