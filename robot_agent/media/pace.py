"""Which captures are encoded when fewer pictures are wanted than the camera gives."""

from typing import Final

from teleop_core.timebase import NS_PER_S

_TOLERANCE: Final = 0.02  # a camera that is this much faster than it says loses no picture
_EARLY: Final = 0.25  # of a period: how early a capture may come and still be the one that was due
_CATCH_UP: Final = 0.8  # of a period: the next is due no sooner, however late this one is


class Pace:
    """Thins captures out to a rate that may change at any time; for one thread."""

    def __init__(self) -> None:
        self._taken_ns: int | None = None
        self._due_ns = 0.0

    def takes(self, captured_ns: int, *, rate_hz: float) -> bool:
        """Return whether to encode the capture, so that about `rate_hz` of them are taken a second, evenly."""
        period_ns = NS_PER_S / rate_hz * (1 - _TOLERANCE)
        if self._taken_ns is None:
            due_ns = float(captured_ns)
        else:  # the rate may have risen since the last was taken
            due_ns = min(self._due_ns, self._taken_ns + (1 + _EARLY) * period_ns)
        if captured_ns < due_ns - _EARLY * period_ns:
            return False
        self._taken_ns = captured_ns
        self._due_ns = max(due_ns + period_ns, captured_ns + _CATCH_UP * period_ns)
        return True
