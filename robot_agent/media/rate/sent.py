"""What was sent, until it is known what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from teleop_core.timebase import NS_PER_MS

REORDERING_NS: Final = 60 * NS_PER_MS  # a packet sent so long before one that came, and still missing, is lost
REORDERED_PACKETS: Final = 2
MAX_PENDING: Final = 8_192


@dataclass(slots=True)  # not frozen: that costs a microsecond a packet
class Sent:
    """One packet on its way. `train` says with which others it left in one go; repairs and pokes have none.

    `sequence` is its RTP sequence, None where nobody would miss it. `is_reported` turns true when the receiver has said
    that it had not come; until then it may as well be that word that was lost.
    """

    number: int
    sent_ns: int
    size_bytes: int
    train: int | None
    sequence: int | None = None
    is_reported: bool = False


@dataclass(slots=True)
class Outcome:
    """What became of a packet: `arrived_ns` is on the receiver's clock, None for a packet that was lost."""

    packet: Sent
    arrived_ns: int | None


class SentLog:
    """Numbers packets in the order in which they leave, and matches them with what the receiver says."""

    def __init__(self) -> None:
        self._pending: dict[int, Sent] = {}
        self._next = 0
        self._newest: Sent | None = None
        self._last_sent_ns = 0
        self._in_flight_bytes = 0
        self._written_off = 0

    def sent(self, *, size_bytes: int, train: int | None, sequence: int | None = None, now_ns: int) -> int:
        """Note that a packet leaves; return its number, which never repeats."""
        number = self._next
        self._next += 1
        self._last_sent_ns = now_ns
        self._in_flight_bytes += size_bytes
        self._pending[number] = Sent(number, now_ns, size_bytes, train, sequence)
        if len(self._pending) > MAX_PENDING:
            del self._pending[next(iter(self._pending))]
        return number

    def arrived(self, arrivals: Iterable[tuple[int, int]], *, covered: Iterable[int] = ()) -> list[Outcome]:
        """Take (number, arrival) pairs of a word about the numbers `covered`; return what is new, losses included.

        A number that was never sent, or is settled, is nothing.
        """
        outcomes: list[Outcome] = []
        pop, newest = self._pending.pop, self._newest
        for number, arrived_ns in arrivals:
            packet = pop(number, None)
            if packet is not None:
                outcomes.append(Outcome(packet, arrived_ns))
                if newest is None or number > newest.number:
                    newest = packet
        self._newest = newest
        for number in covered:
            packet = self._pending.get(number)
            if packet is not None:
                packet.is_reported = True
        self._in_flight_bytes = self._count_in_flight()
        return outcomes + self._losses()

    def holes(self, *, older_ns: int) -> list[tuple[int, int]]:
        """Return, once, as (RTP sequence, size) what is missing though a few came that left `older_ns` later."""
        if self._newest is None:
            return []
        before, before_ns = self._newest.number - REORDERED_PACKETS, self._newest.sent_ns - older_ns
        found = []
        for packet in self._pending.values():
            if packet.number >= before or packet.sent_ns > before_ns:
                break
            if packet.sequence is not None and packet.is_reported:
                found.append((packet.sequence, packet.size_bytes))
                packet.sequence = None
        return found

    def number_of(self, low_bits: int) -> int:
        """Return the newest number sent that ends in these 16 bits; negative when there is none."""
        last = self._next - 1
        return last - ((last - low_bits) & 0xFFFF)

    @property
    def newest(self) -> Sent | None:
        """The newest packet that is known to have arrived."""
        return self._newest

    @property
    def in_flight_bytes(self) -> int:
        """What was sent after the newest packet that is known to have arrived."""
        return self._in_flight_bytes

    @property
    def last_sent_ns(self) -> int:
        """When a packet left last."""
        return self._last_sent_ns

    def waiting_since_ns(self) -> int | None:
        """Return when the first packet of which nothing is known yet was sent."""
        newest = -1 if self._newest is None else self._newest.number
        return next((packet.sent_ns for packet in self._pending.values() if packet.number > newest), None)

    def write_off(self) -> None:
        """Count nothing sent so far as under way any more; whether it came is still of interest."""
        self._written_off = self._next
        self._in_flight_bytes = 0

    def forget(self) -> None:
        """Ask no more about anything sent so far."""
        self._pending.clear()
        self.write_off()

    def _count_in_flight(self) -> int:
        first = self._written_off if self._newest is None else max(self._written_off, self._newest.number + 1)
        total = 0
        for packet in reversed(self._pending.values()):
            if packet.number < first:
                break
            total += packet.size_bytes
        return total

    def _losses(self) -> list[Outcome]:
        newest = self._newest
        if newest is None:
            return []
        lost: list[Sent] = []
        for packet in self._pending.values():
            if packet.number > newest.number or packet.sent_ns > newest.sent_ns - REORDERING_NS:
                break
            lost.append(packet)
        for packet in lost:
            del self._pending[packet.number]
        return [Outcome(packet, None) for packet in lost if packet.is_reported]
