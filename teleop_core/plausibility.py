"""Does the robot move as it is told? What it measures of itself is held against what it was told lately.

A runaway (faster than it was told for a while) and a robot that does not get where it is told both mean that something
between the command and the floor is broken, and that the pose cannot be trusted either. A push or a slip is shorter.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from teleop_core.geometry import Twist
from teleop_core.timebase import ms, seconds

REMEMBERED_NS: Final = ms(600)  # a base answers this late at most
RUNAWAY_NS: Final = ms(200)
STUCK_NS: Final = seconds(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far a measured velocity may be off. Magnitudes in SI."""

    speed_mps: float = 0.15
    turn_radps: float = 0.35
    stuck_speed_mps: float = 0.10  # told at least so much for so long, and moving less than a quarter of it: stuck


class Plausibility:
    """Compares the velocities told with the velocities measured."""

    def __init__(self, tolerance: Tolerance) -> None:
        self._tolerance = tolerance
        self._told: deque[tuple[int, float, float]] = deque()
        self._ran_since_ns: int | None = None
        self._stuck_since_ns: int | None = None

    def told(self, twist: Twist, *, now_ns: int) -> None:
        """Note what the driver is told from now on."""
        told = self._told
        while len(told) > 1 and now_ns - told[1][0] >= REMEMBERED_NS:
            told.popleft()  # the one in force when the time that is remembered began stays
        told.append((now_ns, twist.speed_mps, abs(twist.wz_radps)))

    def disagreement(self, measured: Twist | None, *, now_ns: int) -> str | None:
        """Return in words how the robot moves otherwise than it was told, None while it does as told."""
        if measured is None or not self._told:
            self._ran_since_ns = self._stuck_since_ns = None
            return None
        fastest = max(speed for _, speed, _ in self._told)
        quickest = max(turn for _, _, turn in self._told)
        speed, turn = measured.speed_mps, abs(measured.wz_radps)
        runs = speed > fastest + self._tolerance.speed_mps or turn > quickest + self._tolerance.turn_radps
        self._ran_since_ns = _since(self._ran_since_ns, is_so=runs, now_ns=now_ns)
        slowest = min(speed for _, speed, _ in self._told)
        sticks = slowest >= self._tolerance.stuck_speed_mps and speed < slowest / 4
        self._stuck_since_ns = _since(self._stuck_since_ns, is_so=sticks, now_ns=now_ns)
        if self._ran_since_ns is not None and now_ns - self._ran_since_ns >= RUNAWAY_NS:
            told = f"told at most {fastest:.2f} m/s and {quickest:.2f} rad/s"
            return f"it moves faster than it is told: {told}, measured {speed:.2f} m/s and {turn:.2f} rad/s"
        if self._stuck_since_ns is not None and now_ns - self._stuck_since_ns >= STUCK_NS:
            return f"it does not move as told: told {slowest:.2f} m/s, measured {speed:.2f} m/s"
        return None


def _since(since_ns: int | None, *, is_so: bool, now_ns: int) -> int | None:
    if not is_so:
        return None
    return now_ns if since_ns is None else since_ns
