"""Which gesture may run, for how long, and what ends it before its time.

::

              a small one, or the second step            the robot says: done
    NOTHING ------------------------------------> RUNS ------------------------> NOTHING
      ^  | a large one                            ^  |
      |  v                       its code, in 5 s |  | cancelled, STOP, another's lease, no staff, not allowed,
      OFFERED ------------------------------------+  | failed, or longer than 1.25 x its time + 1 s
      ^                                              v
      +------------------------------------------ NOTHING (the robot is told to break it off)

Knows nothing of leases, STOP or the wheels: the session says what the robot is like, and what ends a gesture. The
performance itself lives on the robot; `wanted` is all that its driver is told.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, assert_never

from teleop_core.ports import Gesture, GestureOutcome, Performance
from teleop_core.timebase import ms
from teleop_core.timing import Timing
from teleop_core.wire.messages import EventKind, GestureEnd, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitness:
    """What the robot is like when somebody asks for a gesture."""

    still: bool
    hand_on: bool  # whether the dead-man is held, as far as anybody knows
    watched: bool  # whether staff watch, where the show asks for it
    heard: bool  # whether the robot reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the robot is to perform; `name` is None when nothing, and `why` then says what ended the last."""

    run: int
    name: str | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedGesture:
    """The first step towards a large gesture, waiting for its second."""

    name: str
    by: str
    code: str
    expires_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GestureEvent:
    """Something that happened to a gesture, for the event list."""

    kind: EventKind
    name: str
    by: str | None = None
    ended: GestureEnd | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The gesture that runs."""

    gesture: Gesture
    over_ns: int  # from then on it has taken too long
    progress: float = 0.0


_NOTHING: Final = Wanted(run=0, name=None)


class Gestures:
    """The one gesture that runs, or is on offer. Every act returns why it was refused, None when it was done."""

    def __init__(self, *, repertoire: Iterable[Gesture], timing: Timing, code_prefix: str = "g") -> None:
        self._timing = timing
        self._code_prefix = code_prefix
        self._codes = 0
        self._repertoire: dict[str, Gesture] = {}
        self._running: Running | None = None
        self._offered: OfferedGesture | None = None
        self._wanted = _NOTHING
        self._events: list[GestureEvent] = []
        self.learn(repertoire)

    # --- What is ---

    @property
    def running(self) -> Running | None:
        """The gesture that runs, None when none does."""
        return self._running

    @property
    def is_running(self) -> bool:
        """Whether a gesture runs."""
        return self._running is not None

    @property
    def wanted(self) -> Wanted:
        """What the robot is to perform now."""
        return self._wanted

    def offered(self, *, now_ns: int) -> OfferedGesture | None:
        """Return the large gesture that waits for its second step, if that has not lapsed."""
        if self._offered is not None and now_ns >= self._offered.expires_ns:
            self._offered = None
        return self._offered

    def take_events(self) -> list[GestureEvent]:
        """Return what happened since the last call."""
        events, self._events = self._events, []
        return events

    # --- Acts of people ---

    def ask(self, name: str, code: str | None, *, peer: str, fitness: Fitness, now_ns: int) -> Refusal | None:
        """Begin a gesture, or take the first step towards a large one; return why not."""
        gesture = self._repertoire.get(name)
        if gesture is None:
            return Refusal.UNKNOWN_GESTURE
        refusal = self._unfit(fitness)
        if refusal is None and gesture.is_large:
            if code is None:
                self._offer(name, peer, now_ns=now_ns)
                return None
            refusal = self._mismatch(name, code, peer, now_ns=now_ns)
        if refusal is None:
            self._begin(gesture, peer, now_ns=now_ns)
        return refusal

    def cue(self, name: str, *, area_clear: bool, fitness: Fitness, now_ns: int) -> Refusal | None:
        """Begin a gesture of the show; return why not. A large one needs no second step, but a clear area."""
        gesture = self._repertoire.get(name)
        if gesture is None:
            return Refusal.UNKNOWN_GESTURE
        refusal = self._unfit(fitness)
        if refusal is None and gesture.is_large and not area_clear:
            refusal = Refusal.AREA
        if refusal is None:
            self._begin(gesture, None, now_ns=now_ns)
        return refusal

    def cancel(self, peer: str) -> Refusal | None:
        """Break off the gesture that runs; return why not."""
        if self._running is None:
            return Refusal.NO_GESTURE
        self.abort(GestureEnd.CANCELLED, by=peer)
        return None

    # --- What happens by itself ---

    def learn(self, repertoire: Iterable[Gesture]) -> None:
        """Note what the robot can perform from now on."""
        self._repertoire = {gesture.name: gesture for gesture in repertoire}

    def abort(self, ended: GestureEnd, *, by: str | None = None, detail: str = "") -> None:
        """End what runs and what is on offer."""
        self._offered = None
        if self._running is not None:
            self._end(self._running, EventKind.GESTURE_ABORTED, by=by, ended=ended, detail=detail)

    def reported(self, performance: Performance | None) -> None:
        """Take in how the robot says that it goes; what it says of an earlier run counts no more."""
        if self._running is None or performance is None or performance.run != self._wanted.run:
            return
        match performance.outcome:
            case None:
                self._running = replace(self._running, progress=_share(performance.progress))
            case GestureOutcome.DONE:
                self._end(self._running, EventKind.GESTURE_DONE)
            case GestureOutcome.CUT | GestureOutcome.FAILED:
                self.abort(GestureEnd.FAILED, detail=performance.detail)
            case unreachable:
                assert_never(unreachable)

    def could_not_begin(self, run: int, *, detail: str) -> None:
        """Note that the robot's driver refused to perform."""
        if run == self._wanted.run:
            self.abort(GestureEnd.FAILED, detail=detail)

    def tick(self, *, now_ns: int) -> None:
        """Let time pass: a gesture that takes too long is broken off."""
        if self._running is not None and now_ns >= self._running.over_ns:
            self.abort(GestureEnd.OVERRAN)

    # --- Inside ---

    def _unfit(self, fitness: Fitness) -> Refusal | None:
        if self._running is not None:
            return Refusal.GESTURE
        if not fitness.heard:
            return Refusal.NO_REPORT
        if not fitness.watched:
            return Refusal.NO_STAFF
        if not fitness.still:
            return Refusal.MOVING
        return Refusal.HAND_ON if fitness.hand_on else None

    def _offer(self, name: str, peer: str, *, now_ns: int) -> None:
        self._codes += 1
        self._offered = OfferedGesture(
            name=name,
            by=peer,
            code=f"{self._code_prefix}{self._codes}",
            expires_ns=now_ns + self._timing.gesture_code_ns,
        )

    def _mismatch(self, name: str, code: str, peer: str, *, now_ns: int) -> Refusal | None:
        offered = self.offered(now_ns=now_ns)
        if offered is None:
            return Refusal.EXPIRED
        return None if (offered.name, offered.code, offered.by) == (name, code, peer) else Refusal.WRONG_CODE

    def _begin(self, gesture: Gesture, peer: str | None, *, now_ns: int) -> None:
        self._offered = None
        longest_ns = ms(gesture.lasts_ms) * 5 // 4 + self._timing.gesture_grace_ns
        self._running = Running(gesture=gesture, over_ns=now_ns + longest_ns)
        self._wanted = Wanted(run=self._wanted.run + 1, name=gesture.name)
        self._events.append(GestureEvent(kind=EventKind.GESTURE_BEGUN, name=gesture.name, by=peer))

    def _end(
        self,
        running: Running,
        kind: EventKind,
        *,
        by: str | None = None,
        ended: GestureEnd | None = None,
        detail: str = "",
    ) -> None:
        self._running = None
        self._wanted = replace(self._wanted, name=None, why="done" if ended is None else ended.value)
        self._events.append(GestureEvent(kind=kind, name=running.gesture.name, by=by, ended=ended, detail=detail))


def _share(progress: float) -> float:
    """Return `progress` within 0..1, whatever a driver says."""
    return min(1.0, max(0.0, progress)) if math.isfinite(progress) else 0.0
