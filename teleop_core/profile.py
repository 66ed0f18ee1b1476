"""What a robot is, for the rules: its limits, how it may be stopped, and what this show asks for."""

from dataclasses import dataclass, field
from typing import Final

from teleop_core.bearing import NO_LOOK, LookRange
from teleop_core.governor import Limits
from teleop_core.plausibility import Tolerance
from teleop_core.ports import Gesture
from teleop_core.wire.messages import StopLevel

MAX_TILT_RAD: Final = 0.35  # 20 degrees; a robot that stands on legs is falling by then


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyProfile:
    """`ladder` is how this robot can be stopped; what is above SETTLE in it happens on site only."""

    limits: Limits = field(default_factory=Limits)
    tolerance: Tolerance = field(default_factory=Tolerance)
    ladder: tuple[StopLevel, ...] = (StopLevel.SETTLE,)
    max_tilt_rad: float = MAX_TILT_RAD
    tilt_level: StopLevel = StopLevel.SETTLE  # how it stops when it tips over
    needs_staff: bool = False  # whether it moves only while staff watch
    gestures: tuple[Gesture, ...] = ()  # what it can perform
    look: LookRange = NO_LOOK
    co_speech: bool = False

    def reachable(self, level: StopLevel) -> StopLevel:
        """Return the sternest level on this robot's ladder that is no sterner than `level`."""
        order = tuple(StopLevel)
        return max(
            (each for each in self.ladder if order.index(each) <= order.index(level)),
            key=order.index,
            default=StopLevel.SETTLE,
        )
