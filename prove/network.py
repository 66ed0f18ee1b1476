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


@dataclass(slots=True)
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
        weather = self.weather
        if self.is_cut or (not weather.ordered and now_ns < self.dark_until_ns):
            return
        if weather.loss and not weather.ordered and self.rng.random() < weather.loss:
            return
        self._fly(body, now_ns=now_ns)
        if weather.copies and self.rng.random() < weather.copies:
            self._fly(body, now_ns=now_ns)

    def arriving(self, *, now_ns: int) -> list[bytes]:
        """Return what has arrived by now, in the order of arrival."""
        flying = self._flying
        if not flying or self.is_cut or flying[0][0] > now_ns:
            return []
        arrived = []
        while flying and flying[0][0] <= now_ns:
            arrived.append(heapq.heappop(flying)[2])
        return arrived

    def lose_all(self) -> None:
        """Lose what is under way: the connection broke."""
        self._flying.clear()
        self._last_due_ns = 0

    def _fly(self, body: bytes, *, now_ns: int) -> None:
        weather = self.weather
        due_ns = now_ns + weather.delay_ns
        if weather.jitter_ns:
            due_ns += int(self.rng.random() * weather.jitter_ns)
        if weather.ordered:
            self._last_due_ns = due_ns = max(due_ns, self.dark_until_ns, self._last_due_ns)
        self._sent += 1
        heapq.heappush(self._flying, (due_ns, self._sent, body))
