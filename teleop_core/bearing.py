"""How the body is carried: whither it looks, and how much it moves with the voice. Pure.

Whoever drives says whither to look, and the body turns there no faster than it may; when nobody drives it turns back. A
voice that is heard moves arms and head a little, where somebody switched that on. A STOP leaves the look as it is, and
ends all else at once.
"""

import math
from dataclasses import dataclass
from typing import Final

from teleop_core.timebase import ms, to_seconds

LOOK_RADPS: Final = 1.2
BACK_RADPS: Final = 0.5  # when nobody drives
TALK_PER_S: Final = 4.0  # from nothing to all of it in a quarter of a second
VOICE_LIFE_NS: Final = ms(300)  # a voice of which nothing more is heard has ended
_LONGEST_STEP_NS: Final = ms(100)


@dataclass(frozen=True, slots=True)
class LookRange:
    """How far a body can look to each side and up and down, in radians; zero where it cannot."""

    pan_rad: float = 0.0
    tilt_rad: float = 0.0

    @property
    def is_any(self) -> bool:
        """Whether it can look anywhere but ahead."""
        return self.pan_rad > 0.0 or self.tilt_rad > 0.0


NO_LOOK: Final = LookRange()


@dataclass(frozen=True, slots=True)
class Bearing:
    """Pan counter-clockwise from above, tilt upwards, in radians; `talk`: how much it moves with the voice, 0..1."""

    pan_rad: float = 0.0
    tilt_rad: float = 0.0
    talk: float = 0.0


AHEAD: Final = Bearing()


class Carriage:
    """One robot's."""

    def __init__(self, *, look: LookRange) -> None:
        self._range = look
        self._goal = AHEAD
        self._now = AHEAD
        self._voice = 0.0
        self._heard_ns: int | None = None
        self._ticked_ns: int | None = None

    @property
    def bearing(self) -> Bearing:
        """How the body is to be carried now."""
        return self._now

    @property
    def range(self) -> LookRange:
        """How far it can look."""
        return self._range

    def learn(self, look: LookRange) -> None:
        """Note how far the body can look from now on."""
        self._range = look
        self._goal = AHEAD

    def look(self, pan_rad: float, tilt_rad: float) -> None:
        """Note whither to look."""
        reach = self._range
        self._goal = Bearing(_within(pan_rad, reach.pan_rad), _within(tilt_rad, reach.tilt_rad))

    def voice(self, level: float, *, now_ns: int) -> None:
        """Note how loud the voice is that is heard, 0..1."""
        self._voice, self._heard_ns = _within(level, 1.0) if level > 0.0 else 0.0, now_ns

    def tick(self, *, stopped: bool, driven: bool, talks: bool, now_ns: int) -> Bearing:
        """Move on by one tick; `driven`: somebody has the lease, `talks`: it may move with the voice."""
        elapsed_ns = 0 if self._ticked_ns is None else min(max(0, now_ns - self._ticked_ns), _LONGEST_STEP_NS)
        self._ticked_ns = now_ns
        step_s, now = to_seconds(elapsed_ns), self._now
        if stopped:
            self._goal = self._now = Bearing(now.pan_rad, now.tilt_rad)
            return self._now
        if not driven:
            self._goal = AHEAD
        reach = step_s * (LOOK_RADPS if driven else BACK_RADPS)
        heard = self._heard_ns is not None and now_ns - self._heard_ns < VOICE_LIFE_NS
        self._now = Bearing(
            _towards(now.pan_rad, self._goal.pan_rad, reach),
            _towards(now.tilt_rad, self._goal.tilt_rad, reach),
            _towards(now.talk, self._voice if heard and talks else 0.0, step_s * TALK_PER_S),
        )
        return self._now


def _within(value: float, most: float) -> float:
    return max(-most, min(most, value)) if math.isfinite(value) else 0.0


def _towards(value: float, goal: float, reach: float) -> float:
    return goal if abs(goal - value) <= reach else value + math.copysign(reach, goal - value)
