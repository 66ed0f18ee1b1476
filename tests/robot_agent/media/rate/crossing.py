"""Strangers' traffic on the same road."""

from collections.abc import Callable

from teleop_core.timebase import NS_PER_S, ms, seconds
from tests.robot_agent.media.rate.bottleneck import Road, World

BYTES = 1_250


class Steady:
    """Sends at a rate that cares for nobody."""

    def __init__(self, world: World, road: Road, *, bps: Callable[[int], float]) -> None:
        self._world = world
        self._road = road
        self._bps = bps
        self._tick()

    def _tick(self) -> None:
        bps = self._bps(self._world.now_ns)
        if bps:
            self._road.send(BYTES, lambda: None)
        self._world.after(round(8 * BYTES / bps * NS_PER_S) if bps else ms(100), self._tick)


class Greedy:
    """A download: it fills the queue until something is lost, then halves its window (TCP Reno, without slow start)."""

    def __init__(self, world: World, road: Road, *, from_s: float, to_s: float) -> None:
        self._world = world
        self._road = road
        self._end_ns = seconds(to_s)
        self._window = 10.0
        self._under_way = 0
        self._halved_ns = 0
        self.bits = 0
        world.at(seconds(from_s), self._fill)

    def _fill(self) -> None:
        while self._under_way < self._window and self._world.now_ns < self._end_ns:
            self._under_way += 1
            news = {"came": False}
            self._road.send(BYTES, lambda news=news: self._came(news))  # type: ignore[misc] # bound now
            self._world.after(ms(400), lambda news=news: self._late(news))  # type: ignore[misc] # as above

    def _came(self, news: dict[str, bool]) -> None:
        news["came"] = True
        self.bits += 8 * BYTES
        self._road.send_back(self._acknowledged)

    def _acknowledged(self) -> None:
        self._under_way -= 1
        self._window += 1 / self._window
        self._fill()

    def _late(self, news: dict[str, bool]) -> None:
        if news["came"]:
            return
        self._under_way -= 1
        if self._world.now_ns - self._halved_ns > ms(400):
            self._halved_ns = self._world.now_ns
            self._window = max(2.0, self._window / 2)
        self._fill()
