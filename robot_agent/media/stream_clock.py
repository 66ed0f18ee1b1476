"""When a picture of a network stream was captured, told by the stream's own clock.

A picture that waited on its way (in the network, in a buffer, behind a stall) arrives late against its own timestamp.
By how much is known from the one that arrived earliest. What every picture takes alike, the camera's own delay and the
fastest way, cannot be seen from here and counts as nothing.
"""

from typing import Final

from teleop_core.timebase import seconds

WINDOW_NS: Final = seconds(30)  # two crystals drift by 3 ms apart in that
_RESTART_NS: Final = seconds(1)  # a stream whose clock steps back by more has begun anew


class StreamClock:
    """Maps a stream's timestamps to the monotonic clock; for one thread."""

    def __init__(self) -> None:
        self._last_ns = 0
        self._began_ns = 0
        self._least: list[int | None] = [None, None]  # arrival minus timestamp, in this window and in the one before

    def captured_ns(self, position_ns: int, *, now_ns: int) -> int:
        """Return when the picture that has just arrived, with this timestamp, was captured; `now_ns` at the latest."""
        if position_ns <= 0:  # the stream has no timestamps
            return now_ns
        lag_ns = now_ns - position_ns
        if position_ns < self._last_ns - _RESTART_NS:
            self._least = [None, None]
        elif now_ns - self._began_ns >= WINDOW_NS:
            self._least = [None, self._least[0]]
            self._began_ns = now_ns
        self._last_ns = position_ns
        self._least[0] = lag_ns if self._least[0] is None else min(lag_ns, self._least[0])
        return position_ns + min(least for least in self._least if least is not None)
