"""When the face is shown and when the hold card, and how one becomes the other: never with a jump; pure."""

from typing import Final

from teleop_core.timebase import NS_PER_MS

GONE_AFTER_NS: Final = 700 * NS_PER_MS
FADE_NS: Final = 300 * NS_PER_MS


class Fade:
    """`share` is how much of the face is seen: 0 the card alone, 1 the face alone."""

    def __init__(self) -> None:
        self._came_ns: int | None = None
        self._share = 0.0
        self._looked_ns: int | None = None

    def came(self, *, now_ns: int) -> None:
        """Note that a picture of the face came."""
        self._came_ns = now_ns

    def share(self, *, now_ns: int) -> float:
        """Return the share of the face now; it moves by no more than the time since the last call allows."""
        step = 0.0 if self._looked_ns is None else (now_ns - self._looked_ns) / FADE_NS
        self._looked_ns = now_ns
        alive = self._came_ns is not None and now_ns - self._came_ns < GONE_AFTER_NS
        self._share = min(1.0, self._share + step) if alive else max(0.0, self._share - step)
        return self._share
