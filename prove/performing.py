"""The robot's body as far as it performs: what the campaign's robots do with a gesture, and how that may go wrong."""

from dataclasses import replace
from typing import Final

from teleop_core.gestures import Wanted
from teleop_core.ports import Gesture, GestureOutcome, Performance
from teleop_core.timebase import ms

WAVE: Final = Gesture(name="wave", lasts_ms=400)
BOW: Final = Gesture(name="bow", lasts_ms=700, is_large=True)
REPERTOIRE: Final = (WAVE, BOW)
_LASTS_NS: Final = {gesture.name: ms(gesture.lasts_ms) for gesture in REPERTOIRE}


class Body:
    """Performs as it is told. One that `hangs` gets nowhere, and comes to rest only when it is told to."""

    def __init__(self) -> None:
        self.hangs = False
        self.performance: Performance | None = None
        self._began_ns = 0

    @property
    def is_performing(self) -> bool:
        """Whether a gesture goes on, whatever it was told."""
        return self.performance is not None and self.performance.outcome is None

    def perform(self, wanted: Wanted, *, now_ns: int) -> Performance | None:
        """Do what is wanted until `now_ns`; return what it says of that."""
        now = self.performance
        if wanted.name is not None and (now is None or now.run != wanted.run):
            self.performance, self._began_ns = Performance(run=wanted.run, name=wanted.name), now_ns
        elif now is not None and now.outcome is None:
            progress = 0.0 if self.hangs else min(1.0, (now_ns - self._began_ns) / _LASTS_NS[now.name])
            outcome = GestureOutcome.CUT if wanted.name is None else GestureOutcome.DONE if progress >= 1.0 else None
            self.performance = replace(now, progress=progress, outcome=outcome)
        return self.performance
