"""How often something may happen: so many times a second, and for a while more, after it did not happen for long."""


class Pace:
    """An allowance that fills with time, and from which each event takes one; time is any monotonic clock's."""

    def __init__(self, *, per_second: float, at_once: int) -> None:
        self._per_second = per_second
        self._at_once = float(at_once)
        self._left = float(at_once)
        self._last_s: float | None = None

    def take(self, *, now_s: float) -> bool:
        """Take one, and return whether there was one."""
        if self._last_s is not None:
            self._left = min(self._at_once, self._left + (now_s - self._last_s) * self._per_second)
        self._last_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
