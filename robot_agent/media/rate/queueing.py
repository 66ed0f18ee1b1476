"""How long packets wait in the network: the standing queue, from one-way delays on two clocks that nobody compares."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from teleop_core.timebase import NS_PER_MS, NS_PER_S

_BUCKET_NS: Final = NS_PER_S // 2
_MEMORY_NS: Final = 10 * NS_PER_S  # how long a lowest delay counts
_KEPT_NS: Final = NS_PER_S  # how long single delays are kept
_MOST_KEPT: Final = 1_024
_TREND_NS: Final = 90 * NS_PER_MS
_FALLS_BELOW: Final = 0.92  # of what it was: less is the noise of a path


class StandingQueue:
    """Base delay (the lowest over 10 s) and what even the luckiest packet waits above it.

    Times are the receiver's; a delay is arrival minus sending, with an unknown constant in it.
    """

    def __init__(self) -> None:
        self._lowest: deque[tuple[int, int]] = deque()  # (bucket, lowest delay in it)
        self._recent: deque[tuple[int, int]] = deque(maxlen=_MOST_KEPT)  # (arrival, delay)
        self._trend: deque[tuple[int, int]] = deque(maxlen=_MOST_KEPT)  # (arrival, standing queue)
        self.standing_ns = 0
        self.newest_ns = 0  # what the packet that was sent last waited

    def observe(self, delays: Sequence[tuple[int, int]]) -> None:
        """Take in the delays of packets, as (arrival, delay)."""
        if not delays:
            return
        last, lowest = self._lowest[-1] if self._lowest else (-1 << 63, 0)
        for arrived_ns, delay_ns in delays:
            bucket = arrived_ns // _BUCKET_NS
            if bucket > last:
                last, lowest = bucket, delay_ns
                self._lowest.append((last, lowest))
            elif delay_ns < lowest:
                lowest = delay_ns
                self._lowest[-1] = last, lowest
        while self._lowest[0][0] < last - _MEMORY_NS // _BUCKET_NS:
            self._lowest.popleft()
        self._recent.extend(delays)
        while self._recent[0][0] < self._recent[-1][0] - _KEPT_NS:
            self._recent.popleft()

    def settle(self, *, window_ns: int) -> None:
        """Work out the standing queue over the last `window_ns`, once all news are in."""
        if not self._recent:
            return
        newest, least = self._least_over(window_ns)
        base = min(delay for _, delay in self._lowest)
        self.standing_ns = least - base
        self.newest_ns = self._recent[-1][1] - base
        self._trend.append((newest, self.standing_ns))
        while len(self._trend) > 2 and self._trend[1][0] <= newest - _TREND_NS:  # noqa: PLR2004 - one from before is kept
            self._trend.popleft()

    @property
    def is_falling(self) -> bool:
        """Whether less waits than a moment ago."""
        return self.standing_ns < _FALLS_BELOW * self._trend[0][1] if self._trend else False

    def rebase(self, *, over_ns: int) -> None:
        """Take the lowest delay of the last `over_ns` for the base: what seemed to be a queue is the path itself."""
        if not self._recent:
            return
        newest, base = self._least_over(over_ns)
        self._lowest.clear()
        self._lowest.append((newest // _BUCKET_NS, base))
        self._trend.clear()
        self.standing_ns = 0

    def _least_over(self, window_ns: int) -> tuple[int, int]:
        """Return when the last packet came, and the lowest delay of those that came within `window_ns` before it."""
        newest, least = self._recent[-1]
        for arrived_ns, delay_ns in reversed(self._recent):
            if arrived_ns < newest - window_ns:
                break
            least = min(least, delay_ns)
        return newest, least
