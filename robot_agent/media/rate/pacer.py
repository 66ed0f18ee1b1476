"""What may leave now: repairs first, then pictures, never faster than the pace."""

import enum
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from teleop_core.timebase import NS_PER_MS, NS_PER_S

MAX_WAITING: Final = 2_048
_CATCH_UP_NS: Final = 4 * NS_PER_MS  # a loop that woke late may send what it owes


class Kind(enum.Enum):
    """Why a packet leaves."""

    MEDIA = "media"
    COPY = "copy"  # where packets go missing: before anybody asks
    REPAIR = "repair"
    POKE = "poke"  # asks whether the road is back


@dataclass(slots=True, kw_only=True)  # not frozen: that costs a microsecond a packet
class Outgoing:
    """One packet that waits; `sequence` is the media packet's own RTP sequence number, `train` its picture's number."""

    kind: Kind
    sequence: int
    size_bytes: int
    train: int | None
    queued_ns: int


class Pacer:
    """Two queues and a pace. Bounded: of what does not fit, the newest goes."""

    def __init__(self) -> None:
        self._repairs: deque[Outgoing] = deque()
        self._media: deque[Outgoing] = deque()
        self._free_ns = 0
        self._media_bytes = 0

    def add(self, packets: Iterable[Outgoing]) -> None:
        """Queue packets."""
        for packet in packets:
            queue = self._media if packet.kind is Kind.MEDIA or packet.kind is Kind.COPY else self._repairs
            if len(queue) < MAX_WAITING:
                queue.append(packet)
                self._media_bytes += packet.size_bytes if queue is self._media else 0

    def due(self, *, pace_bps: float, is_held: bool, now_ns: int) -> list[Outgoing]:
        """Return what may leave now, only repairs while `is_held`; the pace holds back what comes after it."""
        gone: list[Outgoing] = []
        ns_per_byte = 8 * NS_PER_S / pace_bps
        free_ns = max(self._free_ns, now_ns - _CATCH_UP_NS)
        while free_ns <= now_ns:
            if self._repairs:
                packet = self._repairs.popleft()
            elif self._media and not is_held:
                packet = self._media.popleft()
                self._media_bytes -= packet.size_bytes
            else:
                break
            free_ns += round(packet.size_bytes * ns_per_byte)
            self._free_ns = free_ns
            gone.append(packet)
        return gone

    def next_ns(self, *, is_held: bool) -> int | None:
        """Return when the next packet may leave, None while nothing waits, or nothing that may leave."""
        return self._free_ns if self._repairs or (self._media and not is_held) else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._repairs and not self._media

    def waiting_ns(self, *, now_ns: int) -> int:
        """Return how long the oldest part of a picture has waited."""
        return now_ns - self._media[0].queued_ns if self._media else 0

    @property
    def media_bytes(self) -> int:
        """How much of pictures waits."""
        return self._media_bytes

    @property
    def repairs(self) -> int:
        """How many repairs wait."""
        return len(self._repairs)

    def flush(self) -> None:
        """Drop everything."""
        self._repairs.clear()
        self._media.clear()
        self._media_bytes = 0
