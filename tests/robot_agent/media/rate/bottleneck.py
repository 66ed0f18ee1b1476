"""A narrow road on virtual time: a drop-tail queue, a sender by our rules, a receiver that behaves like a browser's."""

import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from robot_agent.media.rate.assignment import Assignment, Bounds
from robot_agent.media.rate.flow import Flow
from robot_agent.media.rate.ladder import Ladder, Target
from robot_agent.media.rate.pacer import Kind, Outgoing
from robot_agent.media.rate.twcc import Feedback
from teleop_core.timebase import NS_PER_MS, NS_PER_S, ms, seconds

CAMERA_NS = NS_PER_S // 30
ENCODING_NS = ms(5)
FEEDBACK_NS = ms(75)
NACK_AGAIN_NS = ms(100)
PAYLOAD_BYTES = 1_200
HEADER_BYTES = 70
QUEUE_MS = 250
HIGH = Bounds(name="high", floor_bps=450_000, ceiling_bps=2_500_000)
LOW = Bounds(name="low", floor_bps=90_000, ceiling_bps=500_000)
PIXELS = {HIGH: 1280 * 720, LOW: 640 * 360}
RECEIVER_CLOCK_NS = seconds(12_345)  # ahead of the sender's


class World:
    """Virtual time: what is due happens in order."""

    def __init__(self, *, seed: int = 1) -> None:
        self.now_ns = 0
        self.random = random.Random(seed)
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._count = itertools.count()

    def at(self, when_ns: int, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (max(when_ns, self.now_ns), next(self._count), action))

    def after(self, wait_ns: int, action: Callable[[], None]) -> None:
        self.at(self.now_ns + wait_ns, action)

    def run(self, *, until_s: float) -> None:
        end_ns = seconds(until_s)
        while self._due and self._due[0][0] <= end_ns:
            self.now_ns, _, action = heapq.heappop(self._due)
            action()
        self.now_ns = end_ns


def steps(*changes: tuple[float, float]) -> Callable[[int], float]:
    """Return what holds at an instant, given (from second, value) in order."""

    def value(now_ns: int) -> float:
        return [what for since_s, what in changes if seconds(since_s) <= now_ns][-1]

    return value


def never(now_ns: int) -> float:
    return 0.0


def wide(now_ns: int) -> float:
    return 20e6


def near(now_ns: int) -> float:
    return 20.0


def whole(now_ns: int) -> float:
    return 1.0


@dataclass
class Road:
    """A bottleneck there, and a wide road back; all of it may change with time."""

    world: World
    rate_bps: Callable[[int], float] = wide
    delay_ms: Callable[[int], float] = near
    loss: Callable[[int], float] = never
    jitter_ms: Callable[[int], float] = never
    dark: Callable[[int], float] = never
    queue_ms: float = QUEUE_MS
    _queue: deque[tuple[int, Callable[[], None]]] = field(default_factory=deque)
    _bits: int = 0
    _busy: bool = False

    def send(self, size_bytes: int, arrive: Callable[[], None]) -> None:
        now_ns = self.world.now_ns
        if self.dark(now_ns) or self._bits / self.rate_bps(now_ns) * 1000 > self.queue_ms:
            return
        self._queue.append((size_bytes, arrive))
        self._bits += 8 * size_bytes
        if not self._busy:
            self._serve()

    def send_back(self, arrive: Callable[[], None]) -> None:
        if not self.dark(self.world.now_ns) and self.world.random.random() >= self.loss(self.world.now_ns):
            self.world.after(ms(self.delay_ms(self.world.now_ns)), arrive)

    @property
    def waiting_ms(self) -> float:
        return self._bits / self.rate_bps(self.world.now_ns) * 1000

    def _serve(self) -> None:
        self._busy = bool(self._queue)
        if self._busy:
            size_bytes, arrive = self._queue.popleft()
            needs_ns = round(8 * size_bytes / self.rate_bps(self.world.now_ns) * NS_PER_S)
            self.world.after(needs_ns, lambda: self._served(size_bytes, arrive))

    def _served(self, size_bytes: int, arrive: Callable[[], None]) -> None:
        now_ns = self.world.now_ns
        self._bits -= 8 * size_bytes
        if self.world.random.random() >= self.loss(now_ns) and not self.dark(now_ns):
            jitter_ns = ms(self.world.random.random() * self.jitter_ms(now_ns))
            self.world.after(ms(self.delay_ms(now_ns)) + jitter_ns, arrive)
        self._serve()


@dataclass(frozen=True)
class Part:
    """One packet of a picture."""

    picture: int
    captured_ns: int
    is_keyframe: bool
    first: int  # sequence of the picture's first packet
    count: int


@dataclass(frozen=True)
class Shown:
    at_ns: int
    captured_ns: int

    @property
    def latency_ms(self) -> float:
        return (self.at_ns - self.captured_ns) / NS_PER_MS


class Receiver:
    """Shows what it can decode, asks for what it misses, reports what came 13 times a second."""

    def __init__(self, world: World, road: Road, *, nack: Callable[[list[int]], None], pli: Callable[[], None]) -> None:
        self._world = world
        self._road = road
        self._nack = nack
        self._pli = pli
        self.feed: Callable[[Feedback], None] = lambda _: None
        self.shown: list[Shown] = []
        self._parts: dict[int, Part] = {}
        self._highest: int | None = None
        self._next = 0  # the sequence that the next picture to show begins with
        self._missing: dict[int, list[int]] = {}  # sequence -> when asked for, how often
        self._reports: list[tuple[int, int]] = []
        world.after(FEEDBACK_NS, self._report)
        world.after(ms(20), self._ask_again)

    def take(self, number: int, sequence: int, part: Part) -> None:
        now_ns = self._world.now_ns
        self._reports.append((number, now_ns + RECEIVER_CLOCK_NS))
        if sequence < self._next or sequence in self._parts:
            return
        self._parts[sequence] = part
        self._missing.pop(sequence, None)
        if self._highest is None or sequence > self._highest:
            gap = [] if self._highest is None else range(self._highest + 1, sequence)
            for each in gap:
                self._missing[each] = [now_ns, 1]
            self._highest = sequence
            if gap:
                self._ask(list(gap))
        self._show()

    def _show(self) -> None:
        while True:
            begins = [part.first for part in set(self._parts.values()) if part.is_keyframe or part.first == self._next]
            whole = [first for first in begins if self._is_whole(self._parts_from(first))]
            if not whole:
                return
            keyframes = [first for first in whole if self._parts_from(first).is_keyframe]
            part = self._parts_from(max(keyframes, default=min(whole)))
            self._next = part.first + part.count
            self._parts = {sequence: each for sequence, each in self._parts.items() if sequence >= self._next}
            self._missing = {sequence: each for sequence, each in self._missing.items() if sequence >= self._next}
            self.shown.append(Shown(self._world.now_ns, part.captured_ns))

    def _parts_from(self, first: int) -> Part:
        return next(part for part in self._parts.values() if part.first == first)

    def _is_whole(self, part: Part) -> bool:
        return all(each in self._parts for each in range(part.first, part.first + part.count))

    def _ask(self, sequences: list[int]) -> None:
        self._road.send_back(lambda: self._nack(sequences))

    def _ask_again(self) -> None:
        now_ns = self._world.now_ns
        due = [sequence for sequence, (asked_ns, _) in self._missing.items() if now_ns - asked_ns >= NACK_AGAIN_NS]
        for sequence in due:
            self._missing[sequence] = [now_ns, self._missing[sequence][1] + 1]
        if any(times > 10 for _, times in self._missing.values()):
            self._missing.clear()
            self._road.send_back(self._pli)
        elif due:
            self._ask(due)
        self._world.after(ms(20), self._ask_again)

    def _report(self) -> None:
        if self._reports:
            numbers = [number for number, _ in self._reports]
            arrivals = tuple((number & 0xFFFF, at_ns) for number, at_ns in sorted(self._reports))
            feedback = Feedback(base=min(numbers) & 0xFFFF, count=max(numbers) - min(numbers) + 1, arrivals=arrivals)
            self._road.send_back(lambda: self.feed(feedback))
            self._reports = []
        self._world.after(FEEDBACK_NS, self._report)


class Viewer:
    """Camera, encoder, flow and receiver of one viewer on `road`."""

    def __init__(
        self,
        world: World,
        road: Road,
        *,
        ceiling_bps: float = 2_500_000,
        start_bps: float = 1_000_000,
        begins_s: float = 0.0,
        talks: Callable[[int], float] = whole,  # the share of its budget that the encoder uses
    ) -> None:
        self._world = world
        self._road = road
        self._talks = talks
        self.flow = Flow(start_bps=start_bps, ceiling_bps=ceiling_bps)
        self._assignment = Assignment((HIGH, LOW))
        self._ladders = {each: Ladder(pixels=PIXELS[each], rate_hz=30) for each in (HIGH, LOW)}
        self.watched: list[tuple[int, Bounds | None]] = []
        self.receiver = Receiver(world, road, nack=self._missing, pli=self._want_keyframe)
        self.receiver.feed = self._feedback
        self.targets: list[tuple[int, float]] = []
        self.queues: list[tuple[int, float]] = []
        self.keyframes = 0
        self.received_bits: list[tuple[int, int]] = []
        self._numbers = 0
        self._sequence = 0
        self._pictures = 0
        self._parts: dict[int, tuple[Part, int]] = {}
        self._keyframe = True
        self._size = 0.0
        self._skipped = 0
        self._wake_ns: int | None = None
        world.at(seconds(begins_s), self._capture)

    # --- What the tests ask ---

    def latencies_ms(self, from_s: float, to_s: float) -> list[float]:
        return [each.latency_ms for each in self._between(from_s, to_s)]

    def p95_ms(self, from_s: float, to_s: float) -> float:
        found = sorted(self.latencies_ms(from_s, to_s))
        return found[round(0.95 * (len(found) - 1))]

    def fps(self, from_s: float, to_s: float) -> float:
        return len(self._between(from_s, to_s)) / (to_s - from_s)

    def longest_freeze_ms(self, from_s: float, to_s: float) -> float:
        times = [seconds(from_s), *(each.at_ns for each in self._between(from_s, to_s)), seconds(to_s)]
        return max(later - earlier for earlier, later in itertools.pairwise(times)) / NS_PER_MS

    def received_bps(self, from_s: float, to_s: float) -> float:
        bits = sum(bits for at_ns, bits in self.received_bits if seconds(from_s) <= at_ns < seconds(to_s))
        return bits / (to_s - from_s)

    def target_bps(self, at_s: float) -> float:
        return [target for at_ns, target in self.targets if at_ns <= seconds(at_s)][-1]

    def _between(self, from_s: float, to_s: float) -> list[Shown]:
        return [each for each in self.receiver.shown if seconds(from_s) <= each.at_ns < seconds(to_s)]

    # --- The robot ---

    def _capture(self) -> None:
        now_ns = self._world.now_ns
        self._world.at(now_ns + CAMERA_NS, self._capture)
        self._pump()
        anew = self.flow.keyframe_wanted and self.flow.has_room(now_ns=now_ns)
        target_bps = self.flow.rate.target_bps
        self.targets.append((now_ns, target_bps))
        self.queues.append((now_ns, self._road.waiting_ms))
        rendition = self._assignment.place(self, target_bps, now_ns=now_ns, at_once=anew)
        if not self.watched or rendition is not self.watched[-1][1]:
            self.watched.append((now_ns, rendition))
        if rendition is None:
            return
        spendable_bps = self._assignment.spendable_bps(rendition) or 0.0
        target = self._ladders[rendition].target(spendable_bps, now_ns=now_ns, anew=anew)
        self._pictures += 1
        if (target.rate_hz < 30 and self._pictures % 2) or not self.flow.has_room(now_ns=now_ns):
            return
        size = PIXELS[rendition] * target.scale**2
        self._world.after(ENCODING_NS, lambda: self._encoded(target, size, captured_ns=now_ns))

    def _encoded(self, target: Target, pixels: float, *, captured_ns: int) -> None:
        is_keyframe = self._keyframe or self.flow.keyframe_wanted or pixels != self._size
        self._keyframe, self._size = False, pixels
        self.keyframes += is_keyframe
        mean_bits = target.bitrate_bps / target.rate_hz * self._talks(self._world.now_ns)
        bits = mean_bits * self._world.random.uniform(0.7, 1.3)
        if is_keyframe:
            bits = max(3 * mean_bits, 0.1 * pixels)
        count = max(1, -(-round(bits / 8) // PAYLOAD_BYTES))
        size = round(bits / 8 / count) + HEADER_BYTES
        part = Part(self._pictures, captured_ns, is_keyframe, self._sequence, count)
        packets = []
        for _ in range(count):
            self._parts[self._sequence] = part, size
            packets.append((self._sequence, size))
            self._sequence += 1
        self.flow.picture(packets, rtp_time=self._pictures, is_keyframe=is_keyframe, now_ns=self._world.now_ns)
        self._pump()

    def _pump(self) -> None:
        now_ns = self._world.now_ns
        for packet in self.flow.due(now_ns=now_ns):
            self._leave(packet, now_ns=now_ns)
        next_ns = self.flow.next_ns()
        if next_ns is not None:
            wake_ns = max(next_ns, now_ns + ms(1))
            if self._wake_ns is None or wake_ns < self._wake_ns or self._wake_ns <= now_ns:
                self._wake_ns = wake_ns
                self._world.at(wake_ns, self._pump)

    def _leave(self, packet: Outgoing, *, now_ns: int) -> None:
        self.flow.left([packet], now_ns=now_ns)
        number = self._numbers
        self._numbers += 1
        part, size = self._parts[packet.sequence]
        assert packet.size_bytes == size or packet.kind is Kind.POKE
        self._road.send(size, lambda: self._came(number, packet.sequence, part, size))

    def _came(self, number: int, sequence: int, part: Part, size: int) -> None:
        self.received_bits.append((self._world.now_ns, 8 * size))
        self.receiver.take(number, sequence, part)

    def _feedback(self, feedback: Feedback) -> None:
        self.flow.feedback(feedback, now_ns=self._world.now_ns)
        self._pump()

    def _missing(self, sequences: Sequence[int]) -> None:
        self.flow.missing([(each, self._parts[each][1]) for each in sequences], now_ns=self._world.now_ns)
        self._pump()

    def _want_keyframe(self) -> None:
        self._keyframe = True
