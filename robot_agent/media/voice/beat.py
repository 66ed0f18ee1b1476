"""The even time of a sound device, seen through callbacks that come unevenly."""

from typing import Final

TURN_MS: Final = 10.0

_FOLLOWS: Final = 0.02  # a time constant of half a second
_LOST_MS: Final = 60.0  # further off, the device stood still or ran through


class Beat:
    """Counts turns of 10 ms and leans slowly towards the clock: a callback that is late says nothing of the sound."""

    def __init__(self) -> None:
        self._at_ms: float | None = None

    def turn(self, *, now_ms: float) -> float:
        """Return when the turn that is asked for at `now_ms` was due."""
        due_ms = now_ms if self._at_ms is None else self._at_ms + TURN_MS
        off_ms = now_ms - due_ms
        self._at_ms = now_ms if abs(off_ms) > _LOST_MS else due_ms + _FOLLOWS * off_ms
        return self._at_ms
