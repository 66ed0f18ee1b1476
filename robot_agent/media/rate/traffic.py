"""How much left on a road and how much of it came, by the clocks of both ends; and the quickest way there and back."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from teleop_core.timebase import NS_PER_MS, NS_PER_S

RATE_WINDOW_NS: Final = 300 * NS_PER_MS
SHORT_WINDOW_NS: Final = 100 * NS_PER_MS  # while a queue builds up, the last arrivals are the capacity itself

_GRAIN_NS: Final = 5 * NS_PER_MS  # packets that leave so close together are counted as one
_MOST_KEPT: Final = 2_048  # whatever the receiver's clock says
_REMEMBERS_NS: Final = NS_PER_S
_RTT_REMEMBERS_NS: Final = 10 * NS_PER_S
_LOSS_WINDOW_NS: Final = 500 * NS_PER_MS
_LOSS_PACKETS: Final = 20  # fewer say nothing


@dataclass(slots=True)
class Passed:
    """One packet, or some that left together."""

    at_ns: int
    bits: int


class Traffic:
    """What left, by the sender's clock, and what came, by the receiver's; of each the last second."""

    def __init__(self) -> None:
        self.arrivals: deque[Passed] = deque(maxlen=_MOST_KEPT)
        self._left: deque[Passed] = deque()
        self._left_bits = 0

    def left(self, *, size_bytes: int, now_ns: int) -> None:
        """Note that a packet leaves."""
        bits = 8 * size_bytes
        if self._left and now_ns - self._left[-1].at_ns < _GRAIN_NS:
            self._left[-1].bits += bits
        else:
            self._left.append(Passed(now_ns, bits))
        self._left_bits += bits
        while self._left[0].at_ns <= now_ns - _REMEMBERS_NS:
            self._left_bits -= self._left.popleft().bits

    def forget_old(self) -> None:
        """Forget arrivals that are older than a second by the newest."""
        while self.arrivals[0].at_ns < self.arrivals[-1].at_ns - _REMEMBERS_NS:
            self.arrivals.popleft()

    def received_bps(self, *, over_ns: int = RATE_WINDOW_NS) -> float:
        """Return how fast packets came, over the last moments of the receiver's clock."""
        if not self.arrivals:
            return 0.0
        since_ns, bits = self.arrivals[-1].at_ns - over_ns, 0
        for each in reversed(self.arrivals):
            if each.at_ns <= since_ns:
                break
            bits += each.bits
        return bits * NS_PER_S / over_ns

    def sent_bps(self, *, over_ns: int = NS_PER_S) -> float:
        """Return how fast packets left over the last moments before the newest left, a second at most."""
        if over_ns >= _REMEMBERS_NS or not self._left:
            return float(self._left_bits)
        since_ns = self._left[-1].at_ns - over_ns
        return sum(each.bits for each in self._left if each.at_ns > since_ns) * NS_PER_S / over_ns


class Losses:
    """The share of packets that were lost lately."""

    def __init__(self) -> None:
        self.count = 0
        self._fates: deque[tuple[int, bool]] = deque()  # (sent, lost)

    def note(self, *, sent_ns: int, is_lost: bool) -> None:
        """Take in what became of one packet."""
        self._fates.append((sent_ns, is_lost))
        self.count += is_lost

    def forget_old(self) -> None:
        """Forget what left half a second before the newest and earlier, unless too little would be left to say."""
        while len(self._fates) > _LOSS_PACKETS and (
            self._fates[0][0] < self._fates[-1][0] - _LOSS_WINDOW_NS or len(self._fates) > _MOST_KEPT
        ):
            self.count -= self._fates.popleft()[1]

    def clear(self) -> None:
        """Forget everything."""
        self._fates.clear()
        self.count = 0

    @property
    def share(self) -> float:
        """Of those that were sent lately; 0 while too few were to say."""
        return self.count / len(self._fates) if len(self._fates) >= _LOSS_PACKETS else 0.0


class LowestRtt:
    """The shortest round trip of the last ten seconds."""

    def __init__(self, first_ns: int) -> None:
        self.ns = first_ns
        self._rtts: deque[tuple[int, int]] = deque()

    def learn(self, rtt_ns: int, *, now_ns: int) -> None:
        """Take in a round trip."""
        while self._rtts and self._rtts[-1][1] >= rtt_ns:  # only what may be the lowest one day is kept
            self._rtts.pop()
        self._rtts.append((now_ns, rtt_ns))
        while self._rtts[0][0] < now_ns - _RTT_REMEMBERS_NS:
            self._rtts.popleft()
        self.ns = self._rtts[0][1]

    def rebase(self) -> None:
        """Count only the newest from now on: the road has become longer."""
        while len(self._rtts) > 1:
            self._rtts.popleft()
