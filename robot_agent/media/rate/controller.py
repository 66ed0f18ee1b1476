"""How much one viewer's road carries: a target from delays, the trains of the pictures themselves, and losses.

Down by the standing queue, before anything is lost; up where the path was no brake for a picture that left in one go.
The figures were found on a capped link with a real browser; docs/explanation/picture-rate.md says why each is there.
"""

import itertools
from collections.abc import Sequence
from statistics import median
from typing import Final

from robot_agent.media.rate.queueing import StandingQueue
from robot_agent.media.rate.sent import Outcome
from robot_agent.media.rate.traffic import RATE_WINDOW_NS, SHORT_WINDOW_NS, Losses, LowestRtt, Passed, Traffic
from robot_agent.media.rate.trains import Train, Trains
from teleop_core.timebase import NS_PER_MS, NS_PER_S

PACKET_BITS: Final = 10_400  # a full packet with all its headers
MIN_TARGET_BPS: Final = 60_000.0

_SILENT_NS: Final = 100 * NS_PER_MS  # between two words of the receiver, with something to spare
_LOSSY_SILENT_NS: Final = 175 * NS_PER_MS
_SLOW_BPS: Final = 800_000.0
_LOSS_IGNORED: Final = 0.12
_LOSS_GRAVE: Final = 0.25
_CUT_PAUSE_NS: Final = 150 * NS_PER_MS
_RISE_PAUSE_NS: Final = 300 * NS_PER_MS
_LONG_STEP_NS: Final = 250 * NS_PER_MS  # a rise never counts more than that since the last look
_FREE_GROWTH_PER_S: Final = 1.12**10
_NEAR_GROWTH_PER_S: Final = 1.05
_BLIND_EMPTY_GROWTH_PER_S: Final = 1.60
_BLIND_GROWTH_PER_S: Final = 1.15
_REPORTED_GROWTH_PER_S: Final = 1.08
_CALM_LOSS: Final = 0.02
_LONG_REPORT_NS: Final = 2 * NS_PER_S
_EMPTY_NS: Final = 6 * NS_PER_MS
_VAIN_CUTS: Final = 2
_VAIN_NS: Final = 350 * NS_PER_MS
_SAME_NS: Final = 6 * NS_PER_MS
_STANDS_NS: Final = 40 * NS_PER_MS  # a queue that the next word shows as well; less may be a receiver that slept
_CUT_SHOWS_NS: Final = 60 * NS_PER_MS
_COLLAPSED: Final = 0.5  # of what was sent comes, and the rest queues up
_COLLAPSE_WAIT_NS: Final = 60 * NS_PER_MS
_EVEN_GAPS: Final = 3
_AFTER_OUTAGE: Final = 0.6


class RateController:
    """The target of one road, in bits a second of everything sent on it.

    Times called `now_ns` are the sender's.
    """

    def __init__(self, *, start_bps: float, ceiling_bps: float) -> None:
        self.target_bps = start_bps
        self.ceiling_bps = ceiling_bps
        self.queue = StandingQueue()
        self.traffic = Traffic()
        self._rtt = LowestRtt(100 * NS_PER_MS)
        self._trains = Trains()
        self._losses = Losses()
        self._looked_ns: int | None = None
        self._cut_ns: int | None = None
        self._loss_cut_ns: int | None = None
        self._first_cut: tuple[int, int] | None = None  # of those in a row: when, and the standing queue then
        self._cuts_in_a_row = 0
        self._high_since_ns: int | None = None
        self._deaf_to_loss_until_ns = 0

    def sent(self, *, size_bytes: int, now_ns: int) -> None:
        """Note that a packet leaves."""
        self.traffic.left(size_bytes=size_bytes, now_ns=now_ns)

    def settled(self, outcomes: Sequence[Outcome], *, now_ns: int) -> None:
        """Take in what became of packets, and move the target."""
        newest_sent_ns = -1
        cut_ns = -1 if self._cut_ns is None else self._cut_ns
        came, note = self.traffic.arrivals.append, self._losses.note
        delays: list[tuple[int, int]] = []
        for outcome in outcomes:
            sent_ns, arrived_ns = outcome.packet.sent_ns, outcome.arrived_ns
            if sent_ns >= cut_ns:  # what left before a cut is paid for with it
                note(sent_ns=sent_ns, is_lost=arrived_ns is None)
            if arrived_ns is not None:
                came(Passed(arrived_ns, 8 * outcome.packet.size_bytes))
                delays.append((arrived_ns, arrived_ns - sent_ns))
                newest_sent_ns = max(newest_sent_ns, sent_ns)
        self._trains.add(outcomes)
        self.queue.observe(delays)
        if newest_sent_ns < 0:
            return
        self.traffic.forget_old()
        self._losses.forget_old()
        self._rtt.learn(now_ns - newest_sent_ns, now_ns=now_ns)
        self.queue.settle(window_ns=(120 if self.target_bps <= _SLOW_BPS else 70) * NS_PER_MS)
        self._move(newest_sent_ns, now_ns=now_ns)

    def reported(self, loss: float, *, now_ns: int) -> None:
        """Take in a bare share of losses, where a receiver says nothing else: up slowly, down by what is lost."""
        step_ns = min(_LONG_REPORT_NS, now_ns - (self._looked_ns if self._looked_ns is not None else now_ns))
        self._looked_ns = now_ns
        if loss > _LOSS_IGNORED:
            self.target_bps *= 1 - 0.5 * loss
        elif loss < _CALM_LOSS:
            self.target_bps *= _REPORTED_GROWTH_PER_S ** (step_ns / NS_PER_S)
        self.target_bps = min(self.ceiling_bps, max(MIN_TARGET_BPS, self.target_bps))

    def resumed(self, *, now_ns: int) -> None:
        """The road is back after an outage: begin lower, and hold nobody's losses against it."""
        self.target_bps = max(MIN_TARGET_BPS, _AFTER_OUTAGE * self.target_bps)
        self._deaf_to_loss_until_ns = now_ns + NS_PER_S // 2
        self._cut_ns = now_ns
        self.traffic.arrivals.clear()
        self._forget_way()

    @property
    def rtt_min_ns(self) -> int:
        """The shortest round trip of the last ten seconds."""
        return self._rtt.ns

    @property
    def window_bytes(self) -> int:
        """How much may be under way: with more, the next picture would wait behind it.

        Where packets are lost at random, so may be the word that they came.
        """
        silent_ns = _LOSSY_SILENT_NS if self.loses_at_random else _SILENT_NS
        return max(8_000, round(self.target_bps / 8 * (self._rtt.ns + silent_ns) / NS_PER_S))

    @property
    def high_ns(self) -> int:
        """From what standing queue on the target is cut."""
        return 30 * NS_PER_MS + round(0.6 * PACKET_BITS / self.target_bps * NS_PER_S)

    @property
    def low_ns(self) -> int:
        """Up to what standing queue the target may rise."""
        return 15 * NS_PER_MS + round(0.5 * PACKET_BITS / self.target_bps * NS_PER_S)

    @property
    def loss(self) -> float:
        """The share of packets lost lately; 0 while too few were sent to say."""
        return self._losses.share

    @property
    def loses_at_random(self) -> bool:
        """Whether packets go missing though none wait: a repair may be lost as well then."""
        return self.queue.standing_ns < 25 * NS_PER_MS and self._losses.count > 0

    @property
    def capacity_bps(self) -> float | None:
        """What the trains say that the path carries; None while it was no brake, or nothing is known."""
        return self._capacity_bps(self._trains.recent(now_ns=self._looked_ns or 0))

    @property
    def is_unhindered(self) -> bool:
        """Whether pictures come as fast as they leave, and nothing waits."""
        trains = self._trains.recent(now_ns=self._looked_ns or 0)
        free = sum(train.is_free for train in trains)
        return 2 * free > len(trains) and self.queue.standing_ns < _EMPTY_NS

    def carries(self, bps: float) -> bool:
        """Return whether nothing waits, and the trains say that the path carries `bps`."""
        trains = self._trains.recent(now_ns=self._looked_ns or 0)
        capacity_bps = self._capacity_bps(trains)
        return bool(trains) and self.queue.standing_ns < _EMPTY_NS and (capacity_bps is None or capacity_bps >= bps)

    def _forget_way(self) -> None:
        """Judge nothing by what was sent so far."""
        self._trains.forget()
        self._losses.clear()

    def _move(self, newest_sent_ns: int, *, now_ns: int) -> None:
        step_ns = min(_LONG_STEP_NS, now_ns - (self._looked_ns if self._looked_ns is not None else now_ns))
        self._looked_ns = now_ns
        self._cut_for_loss(now_ns=now_ns)
        if self._cut_ns is not None and newest_sent_ns < self._cut_ns + _CUT_SHOWS_NS:
            return  # too little is known yet of what the last cut did
        collapsed_to_bps = self._collapsed_to_bps()
        if collapsed_to_bps is not None:
            self._cut_to(0.85 * collapsed_to_bps, now_ns=now_ns)
        elif self.queue.standing_ns > self.high_ns:
            self._high_since_ns = now_ns if self._high_since_ns is None else self._high_since_ns
            stands = now_ns - self._high_since_ns >= _STANDS_NS
            if stands and not self.queue.is_falling and self._since(self._cut_ns, now_ns) > self._cut_pause_ns:
                self._cut(now_ns=now_ns)
            return
        elif self.queue.standing_ns <= self.low_ns:
            self._first_cut = None
            since_ns = min(self._since(self._cut_ns, now_ns), self._since(self._loss_cut_ns, now_ns))
            if since_ns > _RISE_PAUSE_NS:
                self._rise(step_ns, now_ns=now_ns)
        self._high_since_ns = None
        self.target_bps = min(self.ceiling_bps, max(MIN_TARGET_BPS, self.target_bps))

    def _collapsed_to_bps(self) -> float | None:
        """Return what the road carries when that suddenly is a fraction of what is sent, before a queue stands.

        Then packets wait, and come evenly: each of the last few gaps is as long as a packet takes now.
        """
        if self.queue.newest_ns < _COLLAPSE_WAIT_NS or len(self.traffic.arrivals) <= _EVEN_GAPS:
            return None
        last = list(self.traffic.arrivals)[-1 - _EVEN_GAPS :]
        most_bps = _COLLAPSED * min(self.target_bps, self.traffic.sent_bps(over_ns=RATE_WINDOW_NS))
        for earlier, later in itertools.pairwise(last):
            if later.bits * NS_PER_S >= most_bps * (later.at_ns - earlier.at_ns):
                return None
        return sum(each.bits for each in last[1:]) * NS_PER_S / (last[-1].at_ns - last[0].at_ns)

    @property
    def _cut_pause_ns(self) -> int:
        return max(_CUT_PAUSE_NS, self._rtt.ns + 60 * NS_PER_MS)

    def _cut(self, *, now_ns: int) -> None:
        standing_ns = self.queue.standing_ns
        received_bps = self.traffic.received_bps()
        if self._were_vain(standing_ns, now_ns=now_ns):
            self._first_cut = None
            self.queue.rebase(over_ns=RATE_WINDOW_NS)
            self._rtt.rebase()
            return
        if standing_ns > 80 * NS_PER_MS:  # more comes than leaves: what left lately is all there is
            received_bps = min(received_bps, self.traffic.received_bps(over_ns=SHORT_WINDOW_NS))
        share = 0.85 if standing_ns < 80 * NS_PER_MS else 0.70 if standing_ns < 200 * NS_PER_MS else 0.55
        self._cut_to(share * received_bps, now_ns=now_ns)

    def _cut_to(self, target_bps: float, *, now_ns: int) -> None:
        self.target_bps = max(MIN_TARGET_BPS, min(0.97 * self.target_bps, target_bps))
        self._cut_ns = now_ns
        self._forget_way()

    def _were_vain(self, standing_ns: int, *, now_ns: int) -> bool:
        """Return whether cut upon cut changed nothing, though nothing is lost: then it is not our queue."""
        if self._first_cut is None or abs(standing_ns - self._first_cut[1]) > max(_SAME_NS, standing_ns // 8):
            self._first_cut, self._cuts_in_a_row = (now_ns, standing_ns), 1
            return False
        if self._cuts_in_a_row >= _VAIN_CUTS and now_ns - self._first_cut[0] > _VAIN_NS and not self._losses.count:
            return True
        self._cuts_in_a_row += 1
        return False

    def _cut_for_loss(self, *, now_ns: int) -> None:
        loss = self.loss
        if loss < _LOSS_IGNORED or now_ns < self._deaf_to_loss_until_ns:
            return
        if self.queue.standing_ns <= self.low_ns and loss <= _LOSS_GRAVE:
            return
        if self._since(self._loss_cut_ns, now_ns) <= _RISE_PAUSE_NS + self._rtt.ns:
            return
        self.target_bps *= 1 - 0.5 * loss
        self._loss_cut_ns = now_ns

    def _rise(self, step_ns: int, *, now_ns: int) -> None:
        room_bps = 60_000 + 2.5 * self.traffic.sent_bps()
        if self.target_bps >= room_bps:
            return
        grown_bps = self.target_bps * self._growth_per_s(now_ns=now_ns) ** (step_ns / NS_PER_S)
        self.target_bps = min(grown_bps, room_bps)

    def _growth_per_s(self, *, now_ns: int) -> float:
        trains = self._trains.recent(now_ns=now_ns)
        capacity_bps = self._capacity_bps(trains)
        if trains and (capacity_bps is None or self.target_bps < 0.85 * capacity_bps):
            return _FREE_GROWTH_PER_S
        if capacity_bps is not None and self.target_bps < 0.95 * capacity_bps:
            return _NEAR_GROWTH_PER_S
        is_empty = self.queue.standing_ns < _EMPTY_NS
        if capacity_bps is not None:  # jitter spreads trains as well: what really comes says more
            return _BLIND_GROWTH_PER_S if is_empty and capacity_bps < 1.05 * self.traffic.received_bps() else 1.0
        return _BLIND_EMPTY_GROWTH_PER_S if is_empty else _BLIND_GROWTH_PER_S

    @staticmethod
    def _capacity_bps(trains: Sequence[Train]) -> float | None:
        limited = [train.received_bps for train in trains if not train.is_free]
        return median(limited) if 2 * len(limited) > len(trains) else None

    @staticmethod
    def _since(then_ns: int | None, now_ns: int) -> int:
        return NS_PER_S * 60 if then_ns is None else now_ns - then_ns
