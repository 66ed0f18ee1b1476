"""A network in memory, on virtual time, from one seed: delay, jitter, loss, copies, reordering and blackouts."""

import heapq
import random
from dataclasses import dataclass, field

from teleop_core.timebase import ms


@dataclass(frozen=True, kw_only=True)
class Weather:
    """What a road does to what travels on it. An `ordered` road loses nothing: it delivers late, and then all of it."""

    delay_ns: int = ms(20)
    jitter_ns: int = 0
    loss: float = 0.0
    copies: float = 0.0
    ordered: bool = False


@dataclass
class Way:
    """One direction of one road."""

    rng: random.Random
    weather: Weather
    dark_until_ns: int = 0
    is_cut: bool = False
    _flying: list[tuple[int, int, bytes]] = field(default_factory=list)
    _sent: int = 0
    _last_due_ns: int = 0

    def send(self, body: bytes, *, now_ns: int) -> None:
        """Let `body` set out now."""
        if self.is_cut or (not self.weather.ordered and now_ns < self.dark_until_ns):
            return
        if not self.weather.ordered and self.rng.random() < self.weather.loss:
            return
        self._fly(body, now_ns=now_ns)
        if self.rng.random() < self.weather.copies:
            self._fly(body, now_ns=now_ns)

    def arriving(self, *, now_ns: int) -> list[bytes]:
        """Return what has arrived by now."""
        arrived = []
        while self._flying and self._flying[0][0] <= now_ns and not self.is_cut:
            arrived.append(heapq.heappop(self._flying)[2])
        return arrived

    def _fly(self, body: bytes, *, now_ns: int) -> None:
        due_ns = now_ns + self.weather.delay_ns + self.rng.randrange(self.weather.jitter_ns + 1)
        if self.weather.ordered:
            self._last_due_ns = due_ns = max(due_ns, self.dark_until_ns, self._last_due_ns)
        self._sent += 1
        heapq.heappush(self._flying, (due_ns, self._sent, body))
