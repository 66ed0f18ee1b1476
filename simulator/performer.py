"""What the simulated robot performs while it stands: its gestures, in stage time, and how its arms and back are held.

Pure, as the base is. A gesture ends when its time is over, when it is cut, and when the base's own commands lapse.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

from teleop_core.ports import Gesture, GestureOutcome, Performance
from teleop_core.timebase import NS_PER_MS, NS_PER_S

REPERTOIRE: Final = (
    Gesture(name="wave", lasts_ms=3000),
    Gesture(name="bow", lasts_ms=4000, is_large=True),
    Gesture(name="handshake", lasts_ms=5000),
    Gesture(name="point", lasts_ms=2500),
    Gesture(name="applause", lasts_ms=4000),
    Gesture(name="idle-alive", lasts_ms=8000),
)
_BY_NAME: Final = {gesture.name: gesture for gesture in REPERTOIRE}
_TALK_RAD: Final = 0.5  # of the arms, at the most
_NOD_RAD: Final = 0.03  # of the head: a picture that the presenter steers by must not sway
_RISE: Final = 0.15  # share of a gesture in which the body gets there, and again in which it comes back


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    """How the body is held, in radians: arms from hanging (0) forward and up, the back from upright forward."""

    left_arm_rad: float = 0.0
    right_arm_rad: float = 0.0
    bend_rad: float = 0.0
    pan_rad: float = 0.0  # of the head, counter-clockwise seen from above


AT_EASE: Final = Posture()


class Performer:
    """The one gesture that the body performs, or performed last."""

    def __init__(self) -> None:
        self._performance: Performance | None = None
        self._began_ns = 0
        self._now_ns = 0
        self._pan_rad = 0.0
        self._talk = 0.0

    @property
    def performance(self) -> Performance | None:
        """The newest performance, None before the first."""
        return self._performance

    @property
    def posture(self) -> Posture:
        """How the body is held now."""
        now = self._performance
        if now is not None and now.outcome is None:
            return replace(_posture(now.name, now.progress), pan_rad=self._pan_rad)
        return _talking(self._talk, now_ns=self._now_ns, pan_rad=self._pan_rad)

    def begin(self, name: str, *, run: int, now_ns: int) -> None:
        """Begin a gesture in the place of any other; one that the body does not know has failed."""
        self._began_ns = now_ns
        self._performance = Performance(run=run, name=name)
        if name not in _BY_NAME:
            self._end(GestureOutcome.FAILED, detail=f"this body knows no {name!r}")

    def carry(self, *, pan_rad: float, talk: float) -> None:
        """Turn the head so, and move with a voice so much."""
        self._pan_rad, self._talk = pan_rad, talk

    def cut(self) -> None:
        """Break off what is being performed, and what moves with the voice; the body is at ease at once."""
        self._talk = 0.0
        self._end(GestureOutcome.CUT)

    def step(self, *, now_ns: int) -> None:
        """Be as far as it is by `now_ns`."""
        self._now_ns = now_ns
        now = self._performance
        if now is None or now.outcome is not None:
            return
        progress = (now_ns - self._began_ns) / (_BY_NAME[now.name].lasts_ms * NS_PER_MS)
        self._performance = replace(now, progress=min(1.0, progress))
        if progress >= 1.0:
            self._end(GestureOutcome.DONE)

    def _end(self, outcome: GestureOutcome, *, detail: str = "") -> None:
        if self._performance is not None and self._performance.outcome is None:
            self._performance = replace(self._performance, outcome=outcome, detail=detail)


def _talking(talk: float, *, now_ns: int, pan_rad: float) -> Posture:
    """Return how the body is held while it speaks: forearms that beat time, each in its own."""
    if talk == 0.0 and pan_rad == 0.0:
        return AT_EASE
    turns = now_ns / NS_PER_S
    return Posture(
        left_arm_rad=talk * _TALK_RAD * (0.6 + 0.4 * math.sin(2 * math.pi * 0.7 * turns)),
        right_arm_rad=talk * _TALK_RAD * (0.6 + 0.4 * math.sin(2 * math.pi * 0.9 * turns + 1.0)),
        pan_rad=pan_rad + talk * _NOD_RAD * math.sin(2 * math.pi * 0.4 * turns),
    )


def _posture(name: str, progress: float) -> Posture:
    held = min(1.0, progress / _RISE, (1.0 - progress) / _RISE)
    swing = math.sin(progress * 8 * math.pi)
    match name:
        case "wave":
            return Posture(right_arm_rad=held * (2.6 + 0.3 * swing))
        case "bow":
            return Posture(bend_rad=held * 0.7)
        case "handshake":
            return Posture(right_arm_rad=held * (1.0 + 0.15 * swing))
        case "point":
            return Posture(right_arm_rad=held * 1.5)
        case "applause":
            return Posture(left_arm_rad=held * (1.1 + 0.15 * swing), right_arm_rad=held * (1.1 + 0.15 * swing))
        case _:
            return Posture(left_arm_rad=held * 0.08 * swing, right_arm_rad=-held * 0.08 * swing)
