"""One direction of a road, on whatever clock, from one seed: delay, jitter, loss, fades, a narrow queue, darkness.

What a way carries sets out at `send` and is there at `arriving`; `next_ns` says when to look. Nothing here reads a
clock, so that a virtual one serves as well as the real one.
"""

import heapq
import random
from collections import deque
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from teleop_core.timebase import NS_PER_S, ms

JITTER_SPELL_NS: Final = ms(40)  # for so long a road that keeps the order has one and the same extra wait

Body = TypeVar("Body")


@dataclass(frozen=True, kw_only=True)
class Fade:
    """Spells that come by chance, in time and not by the packet: `every_ns` from one's end to the next, on average."""

    every_ns: int
    lasts_ns: int  # on average
    loss: float = 1.0  # how much of what sets out in one is lost,
    holds: bool = False  # unless it waits for the end: a radio that repeats until it is heard


@dataclass(frozen=True, kw_only=True)
class Weather:
    """What a road does to what travels on it. An `ordered` road loses nothing: it delivers late, and then all of it.

    Jitter is up to `jitter_ns` more than the delay. It lets one overtake the other, unless the road is `in_turn`: then
    only the share `overtaken` comes late by as much again. What does not fit into `queue_ns` of `rate_bps` is dropped
    at the queue's tail; 0 is no limit.
    """

    delay_ns: int = ms(20)
    jitter_ns: int = 0
    loss: float = 0.0
    copies: float = 0.0
    ordered: bool = False
    in_turn: bool = False
    overtaken: float = 0.0
    rate_bps: float = 0.0
    queue_ns: int = ms(250)
    fades: tuple[Fade, ...] = ()


@dataclass(slots=True)
class Spell:
    """When a fade comes next, or how long the one lasts that has come."""

    begins_ns: int
    ends_ns: int


@dataclass(slots=True)
class Way(Generic[Body]):
    """One direction of one road. `weather` may change at any time; what is under way keeps its hour."""

    rng: random.Random
    weather: Weather
    dark_until_ns: int = 0
    is_holding: bool = False  # whether what sets out in the dark waits for the light, as on an ordered road
    is_cut: bool = False
    dropped: int = 0  # by the queue
    _flying: list[tuple[int, int, Body]] = field(default_factory=list)
    _sent: int = 0
    _last_due_ns: int = 0
    _queue: deque[tuple[Body, int]] = field(default_factory=deque)
    _queued_bits: int = 0
    _free_ns: int = 0
    _wait_ns: int = 0
    _wait_until_ns: int = 0
    _spells: dict[Fade, Spell] = field(default_factory=dict)

    def send(self, body: Body, *, now_ns: int, bits: int = 0) -> None:
        """Let `body` set out now; `bits` is its size, where a rate is to hold."""
        weather = self.weather
        if self.is_cut or (now_ns < self.dark_until_ns and not weather.ordered and not self.is_holding):
            return
        if weather.loss and not weather.ordered and self.rng.random() < weather.loss:
            return
        if weather.rate_bps or self._queue:
            self._join_queue(body, bits, now_ns=now_ns)
            return
        self._fly(body, now_ns=now_ns)
        if weather.copies and self.rng.random() < weather.copies:
            self._fly(body, now_ns=now_ns)

    def arriving(self, *, now_ns: int) -> list[Body]:
        """Return what has arrived by now, in the order of arrival."""
        if self._queue:
            self._serve(now_ns=now_ns)
        flying = self._flying
        if not flying or self.is_cut or flying[0][0] > now_ns:
            return []
        arrived = []
        while flying and flying[0][0] <= now_ns:
            arrived.append(heapq.heappop(flying)[2])
        return arrived

    def next_ns(self) -> int | None:
        """Return when something arrives or leaves the queue next, None when nothing is under way."""
        soonest = self._flying[0][0] if self._flying else None
        if not self._queue:
            return soonest
        leaves_ns = self._leaves_ns()
        return leaves_ns if soonest is None else min(soonest, leaves_ns)

    def lose_all(self) -> None:
        """Lose what is under way: the connection broke."""
        self._flying.clear()
        self._queue.clear()
        self._queued_bits = 0
        self._last_due_ns = 0

    @property
    def queued_bits(self) -> int:
        """How much waits before the narrow part of the road."""
        return self._queued_bits

    def _join_queue(self, body: Body, bits: int, *, now_ns: int) -> None:
        self._serve(now_ns=now_ns)
        weather = self.weather
        if not weather.ordered and self._queued_bits * NS_PER_S > weather.queue_ns * weather.rate_bps > 0:
            self.dropped += 1
            return
        if not self._queue:
            self._free_ns = max(self._free_ns, now_ns)
        self._queue.append((body, bits))
        self._queued_bits += bits
        self._serve(now_ns=now_ns)

    def _serve(self, *, now_ns: int) -> None:
        while self._queue and (leaves_ns := self._leaves_ns()) <= now_ns:
            body, bits = self._queue.popleft()
            self._queued_bits -= bits
            self._free_ns = leaves_ns
            if leaves_ns >= self.dark_until_ns or self.weather.ordered or self.is_holding:
                self._fly(body, now_ns=leaves_ns)

    def _leaves_ns(self) -> int:
        """Return when the first of the queue is through the narrow part, at the rate that holds now."""
        rate_bps = self.weather.rate_bps
        return self._free_ns + (round(self._queue[0][1] * NS_PER_S / rate_bps) if rate_bps else 0)

    def _fly(self, body: Body, *, now_ns: int) -> None:
        weather = self.weather
        due_ns = now_ns + weather.delay_ns
        if weather.jitter_ns:
            due_ns += self._jitter_ns(now_ns=now_ns)
        if weather.fades:
            held_until_ns = self._through_fades(now_ns=now_ns)
            if held_until_ns is None:
                return
            due_ns = max(due_ns, held_until_ns + weather.delay_ns)
        if weather.ordered:
            while weather.loss and self.rng.random() < weather.loss:
                due_ns += 2 * weather.delay_ns  # sent again after a round trip (RACK, RFC 8985)
            self._last_due_ns = due_ns = max(due_ns, self.dark_until_ns, self._last_due_ns)
        else:
            due_ns = self._in_turn(max(due_ns, self.dark_until_ns) if self.is_holding else due_ns)
        self._sent += 1
        heapq.heappush(self._flying, (due_ns, self._sent, body))

    def _in_turn(self, due_ns: int) -> int:
        weather = self.weather
        if not weather.in_turn:
            return due_ns
        if weather.overtaken and self.rng.random() < weather.overtaken:
            return due_ns + weather.jitter_ns
        self._last_due_ns = max(due_ns, self._last_due_ns)
        return self._last_due_ns

    def _jitter_ns(self, *, now_ns: int) -> int:
        if not self.weather.in_turn:
            return int(self.rng.random() * self.weather.jitter_ns)
        if now_ns >= self._wait_until_ns:
            self._wait_ns = int(self.rng.random() * self.weather.jitter_ns)
            self._wait_until_ns = now_ns + JITTER_SPELL_NS
        return self._wait_ns

    def _through_fades(self, *, now_ns: int) -> int | None:
        """Return until when the fades of now hold what sets out, and None when one of them loses it."""
        held_until_ns = 0
        for fade in self.weather.fades:
            spell = self._spells.get(fade)
            while spell is None or now_ns >= spell.ends_ns:
                begins_ns = (now_ns if spell is None else spell.ends_ns) + self._about_ns(fade.every_ns)
                spell = self._spells[fade] = Spell(begins_ns, begins_ns + self._about_ns(fade.lasts_ns))
            if now_ns < spell.begins_ns:
                continue
            if fade.holds or self.weather.ordered:
                held_until_ns = max(held_until_ns, spell.ends_ns)
            elif self.rng.random() < fade.loss:
                return None
        return held_until_ns

    def _about_ns(self, mean_ns: int) -> int:
        return max(1, int(self.rng.expovariate(1 / mean_ns)))
