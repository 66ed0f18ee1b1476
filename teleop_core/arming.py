"""The hand: hands off first, then the dead-man. Needed before the first motion of each lease and after each HOLD."""

from typing import Final

from teleop_core.geometry import Twist
from teleop_core.timing import Timing

NEUTRAL_WITHIN: Final = 0.02  # m/s and rad/s: what a centred stick may still ask for


class Arming:
    """Whether the driver's hand has been seen off the controls for 300 ms since the last reason to disarm.

    A gap of a command's life between two neutral commands starts the count anew: nobody saw the hand meanwhile.
    """

    def __init__(self, *, timing: Timing) -> None:
        self._timing = timing
        self._armed = False
        self._neutral_since_ns: int | None = None
        self._neutral_seen_ns = 0

    @property
    def is_armed(self) -> bool:
        """Whether the dead-man counts."""
        return self._armed

    def disarm(self) -> None:
        """Ask for neutral again."""
        self._armed = False
        self._neutral_since_ns = None

    def saw(self, twist: Twist, *, dead_man: bool, now_ns: int) -> None:
        """Take note of a command that was accepted."""
        if self._armed:
            return
        if dead_man or not twist.is_still(within_mps=NEUTRAL_WITHIN, within_radps=NEUTRAL_WITHIN):
            self._neutral_since_ns = None
            return
        if self._neutral_since_ns is None or now_ns - self._neutral_seen_ns >= self._timing.command_life_ns:
            self._neutral_since_ns = now_ns
        self._neutral_seen_ns = now_ns
        self._armed = now_ns - self._neutral_since_ns >= self._timing.neutral_ns
