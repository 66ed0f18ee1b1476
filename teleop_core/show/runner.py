"""How a show runs, cue by cue.

::

              go, or by itself                 all its steps are done
    STANDBY -------------------> RUNNING ------------------------------> STANDBY (the next cue), or ENDED
      ^                             |  hold, the link away, STOP,
      |      standby, skip          v  a need unmet, a step failed, abort
      +-------------------------- HELD ------------------------------> RUNNING (go: on with what is left)

Pure: facts and acts come in, orders go out. It moves nothing: a `move` waits until the robot stands at its mark. What
holds a show never lets it go on by itself; somebody says go.
"""

import math
from dataclasses import dataclass, field
from typing import Final, assert_never

from teleop_core.geometry import Pose2D
from teleop_core.show.script import (
    After,
    AnyCue,
    Deed,
    Face,
    Gesture,
    Grade,
    Light,
    LinkRule,
    LiveCue,
    Mark,
    MoveCue,
    Pause,
    Script,
    Slide,
    StaffCue,
    steps_of,
)
from teleop_core.timebase import NS_PER_S
from teleop_core.wire.messages import CueWord, Refusal, Role, ShowAct, ShowHeld, ShowNeed, ShowPhase

AT_MARK_M: Final = 0.15
AT_MARK_RAD: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the robot is like at this instant, as far as a show cares."""

    pose: Pose2D | None = None
    still: bool = True
    battery: float | None = None
    link: Grade = Grade.GOOD  # of whoever presents
    area_clear: bool = False
    latched: bool = False


@dataclass(frozen=True, slots=True)
class Begin:
    """Do this; its end is told under the same number."""

    run: int
    step: Deed


@dataclass(frozen=True, slots=True)
class Cease:
    """Break off what these began."""

    runs: tuple[int, ...]


Order = Begin | Cease


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A line of the cue log; `at_ns` is since the first go."""

    at_ns: int
    cue: int
    title: str
    word: CueWord
    detail: str = ""


@dataclass(slots=True)
class _UnderWay:
    """The cue that is next or runs: which of its steps are done, and which have begun."""

    began: bool = False
    began_ns: int = 0
    done: set[int] = field(default_factory=set)
    begun: dict[int, int] = field(default_factory=dict)  # run -> step
    pauses: dict[int, int] = field(default_factory=dict)  # run -> until when


def is_at(mark: Mark, facts: Facts) -> bool:
    """Return whether the robot stands at `mark`."""
    pose, goal = facts.pose, mark.pose
    return (
        pose is not None
        and facts.still
        and pose.distance_to(goal) <= AT_MARK_M
        and abs(math.remainder(pose.heading_rad - goal.heading_rad, math.tau)) <= AT_MARK_RAD
    )


class ShowRunner:
    """One show. Every act returns why it was refused, None when it was done."""

    def __init__(self, script: Script, *, now_ns: int) -> None:
        self._script = script
        self._phase = ShowPhase.STANDBY
        self._held: ShowHeld | None = None
        self._need: ShowNeed | None = None
        self._index = 0
        self._now = _UnderWay()
        self._ready_ns = now_ns
        self._first_go_ns: int | None = None
        self._runs = 0
        self._orders: list[Order] = []
        self._log: list[LogLine] = []

    # --- What is ---

    @property
    def phase(self) -> ShowPhase:
        """Where the show is."""
        return self._phase

    @property
    def held(self) -> ShowHeld | None:
        """Why it is held, None when it is not."""
        return self._held

    @property
    def need(self) -> ShowNeed | None:
        """What the next cue needed and lacked when it was to begin, None when nothing."""
        return self._need

    @property
    def index(self) -> int:
        """Which cue runs or is next, from 0; the number of cues once all are over."""
        return self._index

    @property
    def next_go(self) -> int:
        """Which cue the next go begins, or goes on with."""
        waits = self._phase is ShowPhase.RUNNING and isinstance(self._cue, LiveCue | StaffCue)
        return self._index + waits

    def shown_ns(self, *, now_ns: int) -> int:
        """Return how long ago the first go was, 0 before it."""
        return 0 if self._first_go_ns is None else now_ns - self._first_go_ns

    def cue_ns(self, *, now_ns: int) -> int:
        """Return how long the cue that runs has run, 0 when none does."""
        return now_ns - self._now.began_ns if self._now.began else 0

    def take_orders(self) -> list[Order]:
        """Return what is to be done since the last call."""
        orders, self._orders = self._orders, []
        return orders

    def take_log(self) -> list[LogLine]:
        """Return what happened since the last call."""
        log, self._log = self._log, []
        return log

    # --- Acts of people ---

    def act(self, act: ShowAct, cue: int, *, role: Role, facts: Facts, now_ns: int) -> Refusal | None:
        """Do what somebody says; `cue` is the one that he saw as next, or for `STANDBY` the one to stand by."""
        if role is Role.OBSERVER:
            return Refusal.ROLE
        if act is ShowAct.STANDBY:
            return self._stand_by(cue, now_ns=now_ns)
        if self._phase is ShowPhase.ENDED:
            return Refusal.SHOW_OVER
        match act:
            case ShowAct.GO:
                return self._go(cue, role=role, facts=facts, now_ns=now_ns)
            case ShowAct.SKIP:
                return self._skip(cue, now_ns=now_ns)
            case ShowAct.HOLD:
                self._hold(ShowHeld.PERSON, now_ns=now_ns)
            case ShowAct.ABORT:
                self._abort(facts, now_ns=now_ns)
            case unreachable:
                assert_never(unreachable)
        return None

    def finished(self, run: int, *, failed: str | None = None, now_ns: int) -> None:
        """Note that what began under this number is over; `failed` says why it was not done."""
        step = self._now.begun.pop(run, None)
        if step is None:
            return
        if failed is None:
            self._now.done.add(step)
            self._advance(now_ns=now_ns)
        else:
            self._note(CueWord.FAILED, failed, now_ns=now_ns)
            self._hold(ShowHeld.FAILED, now_ns=now_ns)

    # --- Time passes ---

    def tick(self, facts: Facts, *, now_ns: int) -> None:
        """Let time pass, and the robot be as it is."""
        if facts.latched and self._is_under_way:
            self._cease()
            self._hold(ShowHeld.STOPPED, now_ns=now_ns)
        for run, until_ns in list(self._now.pauses.items()):
            if now_ns >= until_ns:
                del self._now.pauses[run]
                self.finished(run, now_ns=now_ns)
        if self._phase is ShowPhase.RUNNING:
            self._run_on(facts, now_ns=now_ns)
        elif self._phase is ShowPhase.STANDBY and self._follows and now_ns >= self._ready_ns:
            self._follow(facts, now_ns=now_ns)

    # --- Inside ---

    @property
    def _cue(self) -> AnyCue:
        return self._script.cues[self._index]

    @property
    def _is_under_way(self) -> bool:
        return self._phase is ShowPhase.RUNNING or (self._phase is ShowPhase.STANDBY and self._follows)

    @property
    def _follows(self) -> bool:
        return self._first_go_ns is not None and self._index > 0 and self._cue.after is After.PREVIOUS

    def _go(self, cue: int, *, role: Role, facts: Facts, now_ns: int) -> Refusal | None:
        if cue != self.next_go:
            return Refusal.STALE
        if facts.latched:
            return Refusal.STOPPED
        if self._phase is ShowPhase.RUNNING:
            if not isinstance(self._cue, LiveCue | StaffCue):
                return Refusal.BUSY
            if isinstance(self._cue, StaffCue) and role is not Role.STAFF:
                return Refusal.ROLE
            self._complete(now_ns=now_ns)
        return self._begin(facts, now_ns=now_ns) if self._index < len(self._script.cues) else None

    def _begin(self, facts: Facts, *, now_ns: int) -> Refusal | None:
        """Begin the cue that is next, or go on with it; return why not."""
        self._need = None if self._now.began else self._unmet(facts)
        if self._need is not None:
            self._hold(ShowHeld.NEEDS, now_ns=now_ns)
            return Refusal.NEEDS
        if self._first_go_ns is None:
            self._first_go_ns = now_ns
        self._phase, self._held = ShowPhase.RUNNING, None
        self._note(CueWord.RESUMED if self._now.began else CueWord.BEGAN, now_ns=now_ns)
        if not self._now.began:
            self._now.began, self._now.began_ns = True, now_ns
        self._run_on(facts, now_ns=now_ns)
        return None

    def _follow(self, facts: Facts, *, now_ns: int) -> None:
        if facts.link is Grade.LOST and self._script.rules.link_lost is LinkRule.HOLD:
            self._hold(ShowHeld.LINK, now_ns=now_ns)
        else:
            self._begin(facts, now_ns=now_ns)

    def _run_on(self, facts: Facts, *, now_ns: int) -> None:
        cue = self._cue
        if facts.link is Grade.LOST and self._waits_for_somebody(cue):
            self._hold(ShowHeld.LINK, now_ns=now_ns)
            return
        if isinstance(cue, MoveCue):
            mark = self._script.mark(cue.mark)
            if mark is not None and is_at(mark, facts):
                self._complete(now_ns=now_ns)
            return
        for number in self._startable(cue):
            self._start(number, now_ns=now_ns)
        self._advance(now_ns=now_ns)

    def _waits_for_somebody(self, cue: AnyCue) -> bool:
        """Return whether nothing more of `cue` may begin while the link is away."""
        if isinstance(cue, MoveCue | LiveCue):
            return True
        is_left = any(number not in self._now.done and number not in self._now.begun.values() for number in _all(cue))
        return is_left and self._script.rules.link_lost is LinkRule.HOLD

    def _startable(self, cue: AnyCue) -> list[int]:
        if isinstance(cue, LiveCue | StaffCue):
            return []
        begun = set(self._now.begun.values())
        left = [number for number in _all(cue) if number not in self._now.done and number not in begun]
        if getattr(cue, "together", False):
            return left
        return [] if begun else left[:1]

    def _start(self, number: int, *, now_ns: int) -> None:
        step = steps_of(self._cue)[number]
        self._runs += 1
        match step:
            case Pause(for_s=for_s):
                self._now.begun[self._runs] = number
                self._now.pauses[self._runs] = now_ns + round(for_s * NS_PER_S)
            case Face() | Light() | Slide():
                self._orders.append(Begin(self._runs, step))
                self._now.done.add(number)
            case _:
                self._orders.append(Begin(self._runs, step))
                self._now.begun[self._runs] = number

    def _advance(self, *, now_ns: int) -> None:
        """See what follows from what is done."""
        cue = self._cue
        if isinstance(cue, MoveCue | LiveCue | StaffCue) or not self._now.began:
            return
        if len(self._now.done) == len(steps_of(cue)):
            self._complete(now_ns=now_ns)

    def _complete(self, *, now_ns: int) -> None:
        self._note(CueWord.DONE, now_ns=now_ns)
        self._next(now_ns=now_ns)

    def _next(self, *, now_ns: int) -> None:
        self._now = _UnderWay()
        if self._index + 1 == len(self._script.cues):
            self._note(CueWord.ENDED, now_ns=now_ns)
            self._index += 1
            self._phase, self._held = ShowPhase.ENDED, None
            return
        self._index += 1
        self._ready_ns = now_ns + round(self._cue.wait_s * NS_PER_S)
        if self._phase is not ShowPhase.HELD:
            self._phase = ShowPhase.STANDBY

    def _skip(self, cue: int, *, now_ns: int) -> Refusal | None:
        if cue != self.next_go:
            return Refusal.STALE
        self._cease()
        self._note(CueWord.SKIPPED, now_ns=now_ns)
        self._need = self._held = None
        self._phase = ShowPhase.RUNNING  # whatever held it
        self._next(now_ns=now_ns)
        if self._phase is ShowPhase.STANDBY and self._follows:
            self._hold(ShowHeld.PERSON, now_ns=now_ns)
        return None

    def _stand_by(self, cue: int, *, now_ns: int) -> Refusal | None:
        if not 0 <= cue < len(self._script.cues):
            return Refusal.UNKNOWN_CUE
        if self._phase is not ShowPhase.ENDED:
            self._cease()
        self._now = _UnderWay()
        self._index, self._ready_ns, self._need = cue, now_ns, None
        self._phase, self._held = ShowPhase.STANDBY, None
        self._note(CueWord.STANDBY, now_ns=now_ns)
        if self._follows:
            self._hold(ShowHeld.PERSON, now_ns=now_ns)
        return None

    def _abort(self, facts: Facts, *, now_ns: int) -> None:
        self._cease()
        self._note(CueWord.ABORTED, now_ns=now_ns)
        self._hold(ShowHeld.ABORTED, now_ns=now_ns)
        pose = self._script.rules.abort_pose
        if pose is not None and not facts.latched:
            self._runs += 1
            self._orders.append(Begin(self._runs, Gesture(gesture=pose)))

    def _hold(self, why: ShowHeld, *, now_ns: int) -> None:
        """Hold; what has begun is finished. A reason that somebody gave stays until somebody says go."""
        if self._phase is ShowPhase.HELD and self._held is why:
            return
        self._phase, self._held = ShowPhase.HELD, why
        self._note(CueWord.HELD, why.value if self._need is None else self._need.value, now_ns=now_ns)

    def _cease(self) -> None:
        """Break off what has begun; its steps are to be done again."""
        runs = tuple(run for run in self._now.begun if run not in self._now.pauses)
        if runs:
            self._orders.append(Cease(runs))
        self._now.begun.clear()
        self._now.pauses.clear()

    def _unmet(self, facts: Facts) -> ShowNeed | None:
        needs = self._cue.needs
        mark = None if needs.at_mark is None else self._script.mark(needs.at_mark)
        if needs.area_clear and not facts.area_clear:
            return ShowNeed.AREA_CLEAR
        if needs.battery is not None and (facts.battery is None or facts.battery < needs.battery):
            return ShowNeed.BATTERY
        if needs.link is not None and _ORDER.index(facts.link) < _ORDER.index(needs.link):
            return ShowNeed.LINK
        return ShowNeed.AT_MARK if mark is not None and not is_at(mark, facts) else None

    def _note(self, word: CueWord, detail: str = "", *, now_ns: int) -> None:
        at_ns = self.shown_ns(now_ns=now_ns)
        self._log.append(LogLine(at_ns=at_ns, cue=self._index, title=self._cue.title, word=word, detail=detail))


_ORDER: Final = tuple(Grade)


def _all(cue: AnyCue) -> range:
    return range(len(steps_of(cue)))
