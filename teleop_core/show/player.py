"""A show on its robot: what motion and people say goes in; what to perform, say, play and show comes out.

The core alone decides what moves. The player asks it for gestures, hears how they end, and never waits for an answer:
what a motion process that died was to do has failed. Without a show, the audience is looked after all the same.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, assert_never

import msgspec

from teleop_core.geometry import Pose2D
from teleop_core.show.interlude import Interlude
from teleop_core.show.on_stage import OnStage
from teleop_core.show.runner import Begin, Facts, LogLine, Order, ShowRunner
from teleop_core.show.script import (
    After,
    AnyCue,
    Deed,
    Face,
    Gesture,
    Language,
    Light,
    LiveCue,
    MoveCue,
    Rules,
    Script,
    Slide,
    Sound,
    Speak,
    kind_of,
    steps_of,
)
from teleop_core.timebase import NS_PER_MS, seconds
from teleop_core.wire import messages as m
from teleop_core.wire.messages import CueWord, EventKind, Refusal, RobotState, Role, ShowAct

TELL_EVERY_NS: Final = seconds(1)
PLAN_EVERY_NS: Final = seconds(5)
PROBLEMS_TOLD: Final = 8
PASSES_WITHIN_NS: Final = seconds(2)  # what a robot needs to come to rest, or to end what it performs
ASK_AGAIN_NS: Final = seconds(0.2)
_PASSING: Final = frozenset({Refusal.MOVING, Refusal.GESTURE, Refusal.HAND_ON, Refusal.BUSY})
_STANDING: Final = frozenset({RobotState.READY, RobotState.LEASED, RobotState.HOLD, RobotState.GESTURE})
_STILL_MPS: Final = 0.03
_STILL_RADPS: Final = 0.06


@dataclass(frozen=True, slots=True)
class Perform:
    """Ask the motion process for a gesture, or (None) to break off the one that runs."""

    request: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Utter:
    """Say a line; tell `spoken(key)` at its end."""

    key: str
    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class Play:
    """Play a file; tell `spoken(key)` at its end."""

    key: str
    file: str


@dataclass(frozen=True, slots=True)
class HushThis:
    """Break off what is said or played under this key."""

    key: str


@dataclass(frozen=True, slots=True)
class ShowCard:
    """Have the face show a card: a picture beside the show, `hold`, or ("") the presenter again."""

    card: str


@dataclass(frozen=True, slots=True)
class Signal:
    """Send a signal to the light desk ("light") or to whoever shows the slides ("slide")."""

    desk: str
    name: str


Effect = Perform | Utter | Play | HushThis | ShowCard | Signal


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    until_ns: int  # a refusal that passes is no failure before


class ShowPlayer:
    """One robot's show, or none; and what its audience meets while the link is away."""

    def __init__(self, script: Script | None, *, now_ns: int) -> None:
        self._script = script
        self._rules = Rules() if script is None else script.rules
        self._language = Language.EN if script is None else script.language
        self._repertoire: frozenset[str] = frozenset()
        self._problems: tuple[str, ...] = ()
        self._id = "" if script is None else _name_of(script)
        self._runner = None if script is None else ShowRunner(script, now_ns=now_ns)
        self._interlude = Interlude(self._rules)
        self._on_stage = OnStage()
        self._telemetry: m.Telemetry | None = None
        self._epoch: str | None = None
        self._area_clear = False
        self._performing: str | None = None  # the key of what was asked for or runs
        self._wanted = _Wanted("", 0)
        self._again_ns: int | None = None  # when to ask for it once more
        self._effects: list[Effect] = []
        self._log: list[LogLine] = []
        self._gist: tuple[object, ...] = ()
        self._next_told_ns = self._next_plan_ns = now_ns

    # --- What is ---

    @property
    def script(self) -> Script | None:
        """The show that is loaded."""
        return self._script

    @property
    def runner(self) -> ShowRunner | None:
        """How the show goes."""
        return self._runner

    @property
    def on_stage(self) -> OnStage:
        """Who is on stage."""
        return self._on_stage

    @property
    def in_interlude(self) -> bool:
        """Whether the audience meets what is designed for a link that is away."""
        return self._interlude.is_on

    def take_effects(self) -> list[Effect]:
        """Return what is to be done since the last call."""
        effects, self._effects = self._effects, []
        return effects

    def take_log(self) -> list[LogLine]:
        """Return what happened since the last call."""
        log, self._log = self._log, []
        return log

    # --- What comes in ---

    def control(self, control: m.ShowControl, *, role: Role, now_ns: int) -> Refusal | None:
        """Do what a person says to the show; return why not."""
        if self._runner is None:
            return Refusal.NO_SHOW
        refusal = self._runner.act(control.act, control.cue, role=role, facts=self._facts(now_ns=now_ns), now_ns=now_ns)
        if refusal is None and control.act is ShowAct.ABORT:
            self._on_stage.leave()
        self._carry_out(now_ns=now_ns)
        return refusal

    def hear(self, said: m.ToPerson, *, now_ns: int) -> None:
        """Take in what the motion process says."""
        match said:
            case m.Telemetry():
                self._telemetry = said
                self._on_stage.hear_telemetry(said, now_ns=now_ns)
            case m.Status():
                self._area_clear = said.area_clear
                if self._epoch is not None and said.epoch != self._epoch:
                    self._end_performance("the motion process was started anew", now_ns=now_ns)
                self._epoch = said.epoch
            case m.Event():
                self._on_stage.hear_event(said)
                self._hear_gesture(said, now_ns=now_ns)
            case m.Ack(id=request, refusal=refusal) if refusal is not None and request == self._performing:
                if refusal in _PASSING and now_ns < self._wanted.until_ns:
                    self._again_ns = now_ns + ASK_AGAIN_NS
                else:
                    self._end_performance(refusal.value, now_ns=now_ns)
            case _:
                pass

    def spoken(self, key: str, *, failed: str | None = None, now_ns: int) -> None:
        """Note that what was said or played under `key` is over."""
        self._finished(key, failed=failed, now_ns=now_ns)
        self._carry_out(now_ns=now_ns)

    # --- Time passes ---

    def tick(self, *, now_ns: int) -> None:
        """Let time pass."""
        if self._again_ns is not None and now_ns >= self._again_ns and self._performing is not None:
            self._again_ns = None
            self._effects.append(Perform(self._performing, self._wanted.name))
        facts = self._facts(now_ns=now_ns)
        if self._runner is not None:
            self._runner.tick(facts, now_ns=now_ns)
        state = None if self._telemetry is None else self._telemetry.state
        self._interlude.tick(
            presents=self._on_stage.who is not None,
            link=facts.link,
            calm=facts.still and state in _STANDING and self._performing is None,
            can_idle=self._rules.idle_gesture in self._repertoire,
            now_ns=now_ns,
        )
        self._carry_out(now_ns=now_ns)

    def due(self, *, now_ns: int, now_unix_ms: int) -> list[m.Show | m.ShowPlan]:
        """Return what is to be told to everybody now."""
        if self._runner is None:
            return []
        said: list[m.Show | m.ShowPlan] = []
        if now_ns >= self._next_plan_ns:
            self._next_plan_ns = now_ns + PLAN_EVERY_NS
            said.append(self._plan())
        runner = self._runner
        gist = (runner.phase, runner.index, runner.next_go, runner.held, runner.need, self._interlude.is_on)
        if gist != self._gist or now_ns >= self._next_told_ns:
            self._gist, self._next_told_ns = gist, now_ns + TELL_EVERY_NS
            said.append(self._show(runner, now_ns=now_ns, now_unix_ms=now_unix_ms))
        return said

    def learn(self, gestures: Iterable[str], *, problems: Iterable[str] = ()) -> None:
        """Note what the robot can perform, and what of the show it cannot do."""
        self._repertoire = frozenset(gestures)
        self._problems = tuple(problem[:300] for problem in problems)[:PROBLEMS_TOLD]

    def plan_is_due(self, *, now_ns: int) -> None:
        """Tell the plan anew: somebody has come."""
        self._next_plan_ns = self._next_told_ns = now_ns

    # --- Inside ---

    def _facts(self, *, now_ns: int) -> Facts:
        known = self._telemetry
        if known is None:
            return Facts(still=False, link=self._on_stage.link(now_ns=now_ns), latched=True)
        return Facts(
            pose=None if known.pose is None else Pose2D(known.pose.x_m, known.pose.y_m, known.pose.heading_rad),
            still=_is_still(known),
            battery=known.battery,
            link=self._on_stage.link(now_ns=now_ns),
            area_clear=self._area_clear,
            latched=known.latched,
        )

    def _carry_out(self, *, now_ns: int) -> None:
        """Turn orders into effects, and those into what follows from them, until nothing does."""
        while True:
            if self._runner is not None:
                self._log.extend(self._runner.take_log())
            orders = [("c", each) for each in (self._runner.take_orders() if self._runner is not None else ())]
            orders += [("i", each) for each in self._interlude.take_orders()]
            if not orders:
                return
            for whose, order in orders:
                self._obey(whose, order, now_ns=now_ns)

    def _obey(self, whose: str, order: Order, *, now_ns: int) -> None:
        if isinstance(order, Begin):
            self._begin(f"{whose}{order.run}", order.step, now_ns=now_ns)
            return
        for run in order.runs:
            key = f"{whose}{run}"
            if key == self._performing:
                self._effects.append(Perform(f"{key}-off", None))
                self._performing = self._again_ns = None
            else:
                self._effects.append(HushThis(key))

    def _begin(self, key: str, step: Deed, *, now_ns: int) -> None:
        match step:
            case Gesture(gesture=name):
                if self._performing is not None and self._performing.startswith("i") and key.startswith("c"):
                    self._effects.append(Perform(f"{self._performing}-off", None))
                    self._end_performance("the show goes on", now_ns=now_ns)
                if self._performing is not None:
                    self._finished(key, failed="another gesture runs", now_ns=now_ns)
                    return
                self._performing = key
                self._wanted = _Wanted(name, now_ns + PASSES_WITHIN_NS)
                self._effects.append(Perform(key, name))
            case Speak(text=text, language=language):
                self._effects.append(Utter(key, text, language or self._language))
            case Sound(file=file):
                self._effects.append(Play(key, file))
            case Face(card=card):
                self._effects.append(ShowCard(card))
            case Light(signal=signal):
                self._effects.append(Signal("light", signal))
            case Slide(signal=signal):
                self._effects.append(Signal("slide", signal))
            case unreachable:
                assert_never(unreachable)

    def _hear_gesture(self, event: m.Event, *, now_ns: int) -> None:
        if self._performing is None or event.kind not in {EventKind.GESTURE_DONE, EventKind.GESTURE_ABORTED}:
            return
        why = None
        if event.kind is EventKind.GESTURE_ABORTED:
            why = "broken off" if event.ended is None else event.ended.value
        self._end_performance(why, now_ns=now_ns)

    def _end_performance(self, failed: str | None, *, now_ns: int) -> None:
        key, self._performing, self._again_ns = self._performing, None, None
        if key is not None:
            self._finished(key, failed=failed, now_ns=now_ns)
            self._carry_out(now_ns=now_ns)

    def _finished(self, key: str, *, failed: str | None, now_ns: int) -> None:
        whose, run = key[0], int(key[1:])
        if whose == "i":
            self._interlude.finished(run, now_ns=now_ns)
        elif self._runner is not None:
            self._runner.finished(run, failed=failed, now_ns=now_ns)

    def _plan(self) -> m.ShowPlan:
        script = self._script
        assert script is not None  # noqa: S101 - there is a runner
        return m.ShowPlan(
            show=self._id,
            title=script.title,
            marks=tuple(m.ShowMark(name=mark.name, goal=_goal(mark.pose)) for mark in script.all_marks),
            cues=tuple(
                m.CueLine(
                    title=cue.title,
                    kind=kind_of(cue),
                    follows=cue.after is After.PREVIOUS,
                    lasts_s=cue.lasts_s,
                    mark=cue.mark if isinstance(cue, MoveCue) else None,
                )
                for cue in script.cues
            ),
            problems=self._problems,
        )

    def _show(self, runner: ShowRunner, *, now_ns: int, now_unix_ms: int) -> m.Show:
        script = self._script
        assert script is not None  # noqa: S101 - there is a runner
        return m.Show(
            at_unix_ms=now_unix_ms,
            show=self._id,
            phase=runner.phase,
            cue=runner.index,
            next_go=runner.next_go,
            held=runner.held,
            need=runner.need,
            shown_ms=runner.shown_ns(now_ns=now_ns) // NS_PER_MS,
            cue_ms=runner.cue_ns(now_ns=now_ns) // NS_PER_MS,
            line=_line_of(script, runner.index),
            next_line=_line_of(script, runner.index + 1),
            interlude=self._interlude.is_on,
        )


EVENT_OF: Final = {
    CueWord.BEGAN: EventKind.CUE,
    CueWord.RESUMED: EventKind.CUE,
    CueWord.HELD: EventKind.SHOW_HELD,
    CueWord.ENDED: EventKind.SHOW_ENDED,
}
"""What of the cue log stands in everybody's event list."""


def _name_of(script: Script) -> str:
    return hashlib.blake2b(msgspec.json.encode(script), digest_size=8).hexdigest()


def _line_of(script: Script, number: int) -> str:
    if number >= len(script.cues):
        return ""
    cue: AnyCue = script.cues[number]
    if isinstance(cue, LiveCue):
        return cue.script
    return " ".join(step.text for step in steps_of(cue) if isinstance(step, Speak))[:1200]


def _goal(pose: Pose2D) -> m.Goal:
    return m.Goal(x_m=pose.x_m, y_m=pose.y_m, heading_rad=round(pose.heading_rad, 6))


def _is_still(known: m.Telemetry) -> bool:
    moves = [known.applied] if known.measured is None else [known.applied, known.measured]
    return all(
        abs(each.vx_mps) <= _STILL_MPS and abs(each.vy_mps) <= _STILL_MPS and abs(each.wz_radps) <= _STILL_RADPS
        for each in moves
    )
