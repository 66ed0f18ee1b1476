"""All rules of one viewer's road together: pictures, complaints and feedback go in; packets that may leave come out."""

from collections.abc import Sequence
from typing import Final

from robot_agent.media.rate.controller import RateController
from robot_agent.media.rate.pacer import Kind, Outgoing, Pacer
from robot_agent.media.rate.repairs import Repairs
from robot_agent.media.rate.sent import SentLog
from robot_agent.media.rate.sent_pictures import SentPictures
from robot_agent.media.rate.traffic import SHORT_WINDOW_NS
from robot_agent.media.rate.twcc import Feedback
from teleop_core.timebase import NS_PER_MS, NS_PER_S

PACE: Final = 4.0  # times the target
MAX_PACE_BPS: Final = 200e6

_SILENCE_NS: Final = 500 * NS_PER_MS
_POKE_NS: Final = 100 * NS_PER_MS
_IDLE_NS: Final = 500 * NS_PER_MS
_IDLE_SHARE: Final = 0.5  # of the target, while there is no picture to learn from
_MOST_WAITING_NS: Final = 45 * NS_PER_MS
_MOST_REPAIRS: Final = 3
_SPARE_NS: Final = 40 * NS_PER_MS
_STUCK_NS: Final = 300 * NS_PER_MS
_FULL_WINDOWS: Final = 1.5
_FASTER: Final = 1.5  # each time that the path was no brake for a whole picture
_OVERTAKEN_NS: Final = 25 * NS_PER_MS  # a packet that left so much later seldom comes first
_CALM_LOSS: Final = 0.02
_HEAVY_LOSS: Final = 0.03
_WIDE: Final = 3.0  # times the target: there all packets may go twice,
_VERY_WIDE: Final = 6.0  # and here three times
_HOPELESS_S: Final = 0.25  # of repairs: a keyframe is there sooner


class Flow:
    """One viewer's road. It is out while nothing is heard; what was queued is dropped then.

    `keyframe_wanted` is true from when the viewer cannot go on without a keyframe until one is queued.
    """

    def __init__(self, *, start_bps: float, ceiling_bps: float) -> None:
        self.rate = RateController(start_bps=start_bps, ceiling_bps=ceiling_bps)
        self.is_out = False
        self.keyframe_wanted = False
        self._log = SentLog()
        self._pacer = Pacer()
        self._repairs = Repairs()
        self._pictures = SentPictures()
        self._pace = PACE
        self._trains = 0
        self._heard_ns: int | None = None
        self._look_ns: int | None = None  # when to look whether it is out
        self._poked_ns = 0
        self._left_ns = 0
        self._given_up_to: int | None = None
        self._last: tuple[int, int] | None = None  # sequence and size of the newest packet

    def picture(self, packets: Sequence[tuple[int, int]], *, rtp_time: int, is_keyframe: bool, now_ns: int) -> None:
        """Queue a picture's packets, as (sequence, bytes on the wire), unless the viewer could not show it."""
        if self.is_out or (self.keyframe_wanted and not is_keyframe):
            return
        if self.keyframe_wanted:
            self.keyframe_wanted = False
            self._log.write_off()
        self._trains += 1
        self._pictures.began(rtp_time, self._trains)
        queued = [self._outgoing(Kind.MEDIA, sequence, size, now_ns=now_ns) for sequence, size in packets]
        self._pacer.add(queued)
        if self.rate.loses_at_random:
            copies = self._copies
            again = [*packets] * copies if copies else packets[-1:]
            self._pacer.add(self._outgoing(Kind.COPY, sequence, size, now_ns=now_ns) for sequence, size in again)
        self._last = packets[-1] if packets else self._last

    def missing(self, packets: Sequence[tuple[int, int]], *, now_ns: int) -> None:
        """Repair what the viewer misses, as (sequence, bytes on the wire), or begin anew where that is sooner."""
        if self.is_out:
            return
        wanted = [(sequence, size) for sequence, size in packets if not self._is_given_up(sequence)]
        if self._is_hopeless(sum(size for _, size in wanted)):
            self.begin_anew()
            return
        repairs = [
            self._outgoing(Kind.REPAIR, sequence, size, now_ns=now_ns)
            for sequence, size in wanted
            if self._repairs.may(sequence, round_trip_ns=self.round_trip_ns, now_ns=now_ns)
        ]
        self._pacer.add(repairs * (2 if self.rate.loses_at_random else 1))

    def feedback(self, feedback: Feedback, *, now_ns: int) -> None:
        """Take in transport-wide feedback."""
        first, base = self._log.number_of(feedback.base), feedback.base
        numbered = [(first + (low - base & 0xFFFF), arrived_ns) for low, arrived_ns in feedback.arrivals]
        outcomes = self._log.arrived(numbered, covered=range(first, first + feedback.count))
        if not any(each.arrived_ns is not None for each in outcomes):
            return
        self._heard_ns = now_ns
        self._look_ns = now_ns + _SILENCE_NS
        self._pictures.forget()
        if self.is_out:
            self._resume(now_ns=now_ns)
            return
        before_bps = self.rate.target_bps
        self.rate.settled(outcomes, now_ns=now_ns)
        self._set_pace(is_cut=self.rate.target_bps < before_bps)
        holes = self._log.holes(older_ns=0 if self.rate.loses_at_random else _OVERTAKEN_NS)
        if holes and self.rate.queue.standing_ns < _OVERTAKEN_NS:  # the viewer's own word for it may be lost as well
            self.missing(holes, now_ns=now_ns)

    def pictures_came(self, came: Sequence[tuple[int, int]], *, now_ns: int) -> None:
        """Take in when pictures came, as (RTP time, arrival); it counts while nothing is heard of single packets.

        The road never counts as out then, since a poke is no picture; and what did not come may just not be shown.
        """
        numbered = [(number, at_ns) for rtp_time, at_ns in came for number in self._pictures.numbers(rtp_time)]
        if self._look_ns is not None or not numbered:
            return
        self._heard_ns = now_ns
        outcomes = self._log.arrived(numbered)
        whole = [each for each in outcomes if each.arrived_ns is not None]
        for each in whole:
            each.packet.train = None
        self.rate.settled(whole, now_ns=now_ns)

    def report(self, loss: float, *, now_ns: int) -> None:
        """Take in the share of packets lost since the last receiver report; it counts where that is all there is."""
        if self._heard_ns is None:
            self.rate.reported(loss, now_ns=now_ns)

    def due(self, *, now_ns: int) -> list[Outgoing]:
        """Return the packets that leave now; they are to be told to `left`."""
        self._look(now_ns=now_ns)
        if self.is_out or (self._look_ns is not None and self._pacer.is_empty):
            return self._poke(now_ns=now_ns)
        if self._pacer.is_empty:
            return []
        is_held = self._is_full and now_ns <= self._drained_ns
        return self._pacer.due(pace_bps=self._pace_bps, is_held=is_held, now_ns=now_ns)

    def left(self, packets: Sequence[Outgoing], *, now_ns: int) -> list[int]:
        """Return the transport sequence numbers with which `packets` leave, in their order."""
        numbers: list[int] = []
        size_bytes = 0
        for packet in packets:
            size_bytes += packet.size_bytes
            is_media = packet.kind is Kind.MEDIA
            train, sequence = (packet.train, packet.sequence) if is_media else (None, None)
            if packet.kind is not Kind.POKE:
                self._left_ns = now_ns
            number = self._log.sent(size_bytes=packet.size_bytes, train=train, sequence=sequence, now_ns=now_ns)
            if self._look_ns is None and train is not None:
                self._pictures.left(train, number)
            numbers.append(number & 0xFFFF)
        self.rate.sent(size_bytes=size_bytes, now_ns=now_ns)
        return numbers

    def next_ns(self) -> int | None:
        """Return when to ask `due` again, None while nothing waits."""
        if self.is_out:
            return self._poke_ns()
        next_ns = self._pacer.next_ns(is_held=self._is_full)
        if next_ns is None and not self._pacer.is_empty:
            next_ns = self._drained_ns + 1
        elif next_ns is None and self._look_ns is not None:
            next_ns = self._poke_ns()
        return min((each for each in (self._look_ns, next_ns) if each is not None), default=None)

    def has_room(self, *, now_ns: int) -> bool:
        """Return whether a picture captured now would leave soon."""
        return (
            not self.is_out
            and (self._heard_ns is None or self._log.in_flight_bytes < self._window_bytes or now_ns > self._drained_ns)
            and self._pacer.waiting_ns(now_ns=now_ns) <= _MOST_WAITING_NS
            and self._pacer.repairs <= _MOST_REPAIRS
        )

    def is_stuck(self, *, now_ns: int) -> bool:
        """Return whether so much waits, or is held so long, that the viewer had better get a keyframe later."""
        is_held_long = self._is_full and self._pacer.waiting_ns(now_ns=now_ns) > _STUCK_NS
        return is_held_long or 8 * self._pacer.media_bytes > self._pace_bps * _STUCK_NS / NS_PER_S

    def begin_anew(self) -> None:
        """Give up what was sent and queued: the next picture must be a keyframe."""
        self._given_up_to = self._last[0] if self._last is not None else None
        self._pacer.flush()
        self.keyframe_wanted = True

    @property
    def round_trip_ns(self) -> int:
        """The shortest round trip, and what the newest packet waited."""
        return self.rate.rtt_min_ns + max(0, self.rate.queue.newest_ns)

    @property
    def _copies(self) -> int:
        """How often more every packet goes, where much is lost on a wide road: a repair is a round trip late."""
        loss, target_bps = self.rate.loss, self.rate.target_bps
        if loss <= _CALM_LOSS or not self.rate.carries(_WIDE * target_bps):
            return 0
        return 2 if loss > _HEAVY_LOSS and self.rate.carries(_VERY_WIDE * target_bps) else 1

    @property
    def _window_bytes(self) -> int:
        return self.rate.window_bytes * (1 + self._copies)

    @property
    def _is_full(self) -> bool:
        """Whether so much is under way that what is queued had better wait: a road that collapsed drops it."""
        return self._heard_ns is not None and self._log.in_flight_bytes > _FULL_WINDOWS * self._window_bytes

    @property
    def _drained_ns(self) -> int:
        """When nothing waits any more of what was sent; a keyframe may follow while a little still does."""
        newest_ns = max(0, self.rate.queue.newest_ns)
        return self._log.last_sent_ns + (newest_ns if self.keyframe_wanted else round(1.3 * newest_ns) + _SPARE_NS)

    @property
    def _pace_bps(self) -> float:
        return min(MAX_PACE_BPS, self._pace * self.rate.target_bps)

    def _outgoing(self, kind: Kind, sequence: int, size_bytes: int, *, now_ns: int) -> Outgoing:
        return Outgoing(kind=kind, sequence=sequence, size_bytes=size_bytes, train=self._trains, queued_ns=now_ns)

    def _is_given_up(self, sequence: int) -> bool:
        return self._given_up_to is not None and (self._given_up_to - sequence) & 0xFFFF < 1 << 15

    def _is_hopeless(self, missing_bytes: int) -> bool:
        """Return whether the repair of this, and of what will turn out to be lost as well, takes too long."""
        if not missing_bytes or self.rate.queue.newest_ns <= self.rate.high_ns:
            return False
        arriving_bits = self.rate.queue.newest_ns / NS_PER_S * self.rate.traffic.received_bps(over_ns=SHORT_WINDOW_NS)
        lost_bits = 8 * missing_bytes + max(0.0, 8 * self._log.in_flight_bytes - arriving_bits)
        return lost_bits > _HOPELESS_S * self.rate.target_bps

    def _set_pace(self, *, is_cut: bool) -> None:
        """Let pictures leave faster while the path is no brake: a picture that is paced arrives later."""
        capacity_bps = self.rate.capacity_bps
        if is_cut or (self.rate.loss > _CALM_LOSS and not self._copies):
            self._pace = PACE
        elif capacity_bps is not None:
            self._pace = max(PACE, min(self._pace, capacity_bps / self.rate.target_bps))
        elif self.rate.is_unhindered:
            self._pace = min(self._pace * _FASTER, MAX_PACE_BPS / self.rate.target_bps)

    def _look(self, *, now_ns: int) -> None:
        """Notice that the road is out: nothing heard for too long, since the last word and since what waits for one."""
        if self._look_ns is None or now_ns < self._look_ns or self._heard_ns is None:
            return
        patience_ns = max(_SILENCE_NS, self.round_trip_ns + _SILENCE_NS // 2)
        waiting_ns = self._log.waiting_since_ns()
        self._look_ns = max(self._heard_ns, now_ns if waiting_ns is None else waiting_ns) + patience_ns
        if now_ns >= self._look_ns and not self.is_out:
            self.is_out = True
            self._pacer.flush()

    def _poke_ns(self) -> int | None:
        """Return when to ask the road how it is, having nothing better to send."""
        if self._last is None:
            return None
        if self.is_out:
            return self._poked_ns + _POKE_NS
        pause_ns = round(8 * self._last[1] / (_IDLE_SHARE * self.rate.target_bps) * NS_PER_S)
        return max(self._left_ns + _IDLE_NS, self._poked_ns + max(_POKE_NS, pause_ns))

    def _poke(self, *, now_ns: int) -> list[Outgoing]:
        due_ns = self._poke_ns()
        if due_ns is None or self._last is None or now_ns < due_ns:
            return []
        self._poked_ns = now_ns
        return [self._outgoing(Kind.POKE, *self._last, now_ns=now_ns)]

    def _resume(self, *, now_ns: int) -> None:
        self.is_out = False
        self.keyframe_wanted = True
        self._log.forget()
        self._pace = PACE
        self.rate.resumed(now_ns=now_ns)
