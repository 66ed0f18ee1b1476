"""What a picture's own packets tell of the path: they leave in one go, and come as far apart as the path lets them."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from robot_agent.media.rate.sent import Outcome
from teleop_core.timebase import NS_PER_MS, NS_PER_S

MIN_PACKETS: Final = 2
MIN_BITS: Final = 12_000
_UNHINDERED: Final = 0.8  # of the speed at which it left: less, and the path was the brake
_KEPT: Final = 4
_KEPT_NS: Final = 1_500 * NS_PER_MS
_LEAST_NS: Final = NS_PER_MS // 4  # a tick of the feedback


@dataclass(frozen=True, slots=True)
class Train:
    """How fast one train left and came, without its first packet; `at_ns` is when it left."""

    at_ns: int
    sent_bps: float
    received_bps: float

    @property
    def is_free(self) -> bool:
        """Whether the path was no brake."""
        return self.received_bps >= _UNHINDERED * self.sent_bps


class Trains:
    """Gathers the packets of each train; a train counts once a later packet's fate is known."""

    def __init__(self) -> None:
        self._open: dict[int, list[Outcome]] = {}
        self._recent: deque[Train] = deque(maxlen=_KEPT)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Take in what became of packets."""
        newest, together = None, None
        for outcome in outcomes:
            train = outcome.packet.train
            if train is None:
                continue
            if train != newest or together is None:
                newest, together = train, self._open.get(train)
            if together is None:
                self._close(train)
                together = self._open[train] = []
            if outcome.arrived_ns is not None:
                together.append(outcome)

    def recent(self, *, now_ns: int) -> list[Train]:
        """Return the trains of the last moments."""
        return [train for train in self._recent if train.at_ns > now_ns - _KEPT_NS]

    def forget(self) -> None:
        """Begin anew: the path is another."""
        self._open.clear()
        self._recent.clear()

    def _close(self, newer: int) -> None:
        for number in [each for each in self._open if each < newer]:
            done = _measure(self._open.pop(number))
            if done is not None:
                self._recent.append(done)


def _measure(outcomes: list[Outcome]) -> Train | None:
    packets = sorted(outcomes, key=lambda each: each.packet.number)
    if len(packets) < MIN_PACKETS:
        return None
    sizes = [8 * each.packet.size_bytes for each in packets]
    if sum(sizes) < MIN_BITS:
        return None
    bits = sum(sizes[1:])
    arrivals = [each.arrived_ns for each in packets if each.arrived_ns is not None]
    left_ns = packets[-1].packet.sent_ns - packets[0].packet.sent_ns
    came_ns = max(arrivals) - min(arrivals)
    return Train(
        at_ns=packets[-1].packet.sent_ns,
        sent_bps=bits * NS_PER_S / max(left_ns, _LEAST_NS),
        received_bps=bits * NS_PER_S / max(came_ns, _LEAST_NS),
    )
