"""A show on its robot: gestures are asked for, lines said, signals sent, and everybody told."""

import msgspec
import pytest

from teleop_core.show.player import (
    ASK_AGAIN_NS,
    PASSES_WITHIN_NS,
    PLAN_EVERY_NS,
    TELL_EVERY_NS,
    Effect,
    HushThis,
    Perform,
    Play,
    ShowCard,
    ShowPlayer,
    Signal,
    Utter,
)
from teleop_core.show.script import Grade, Language, read_script
from teleop_core.timebase import ms, seconds
from teleop_core.wire import messages as m
from teleop_core.wire.messages import (
    CueWord,
    EventKind,
    GestureEnd,
    Refusal,
    RobotState,
    Role,
    ShowAct,
    ShowHeld,
    ShowPhase,
    Verdict,
)
from tests.robot_words import STILL, status, telemetry

RULES = '[rules]\nholding_line = "one moment"\nholding_after_s = 2\n'
WAVE = 'do = "gesture"\ngesture = "wave"'
SAY = 'do = "speak"\ntext = "hello"'
ALL = (
    'do = "sequence"\ntogether = true\nsteps = [{do="speak", text="ni hao", language="zh"}, '
    '{do="sound", file="bell.wav"}, {do="face", card="hold"}, {do="light", signal="up"}, {do="slide"}, '
    '{do="pause", for_s=1}]'
)
LIVE = 'do = "live"\nscript = "Once upon a time"'
MOVE = 'do = "move"\nmark = "centre"\nlasts_s = 9'


class Played:
    """A player, and a motion process that says what a test has it say."""

    def __init__(self, *cues: str, learns: bool = True) -> None:
        text = 'title = "t"\n' + RULES + '[[marks]]\nname = "centre"\nx_m = 1\ny_m = 0\nheading_deg = 90\n'
        text += "".join(f'[[cues]]\ntitle = "cue {number}"\n{cue}\n' for number, cue in enumerate(cues))
        self.now_ns = 0
        script = read_script(text.encode(), name="t.toml") if cues else None
        self.player = ShowPlayer(script, now_ns=0)
        if learns:
            self.player.learn(["wave", "idle-alive"])
        self.effects: list[Effect] = []
        self.stands()

    def stands(self, **changes: object) -> None:
        said = msgspec.structs.replace(telemetry(), **{"driver": "anna", "state": RobotState.LEASED, **changes})
        self.hear(said)

    def hear(self, said: m.ToPerson) -> None:
        self.player.hear(said, now_ns=self.now_ns)
        self.effects += self.player.take_effects()

    def ack(self, refusal: Refusal | None = None, *, request: str | None = None) -> None:
        performs = [effect for effect in self.effects if isinstance(effect, Perform)]
        verdict = Verdict.DONE if refusal is None else Verdict.REFUSED
        self.hear(m.Ack(id=request or performs[-1].request, verdict=verdict, refusal=refusal))

    def event(self, kind: EventKind, *, ended: GestureEnd | None = None) -> None:
        self.hear(m.Event(source="r", seq=1, at_unix_ms=0, kind=kind, ended=ended))

    def control(self, act: ShowAct, cue: int = 0, *, role: Role = Role.PRESENTER) -> Refusal | None:
        control = m.ShowControl(id="x", act=act, cue=cue)
        refusal = self.player.control(control, role=role, now_ns=self.now_ns)
        self.effects += self.player.take_effects()
        return refusal

    def go(self) -> Refusal | None:
        runner = self.player.runner
        assert runner is not None
        return self.control(ShowAct.GO, runner.next_go)

    def wait(self, for_ns: int = ms(50)) -> None:
        self.now_ns += for_ns
        self.player.tick(now_ns=self.now_ns)
        self.effects += self.player.take_effects()

    def over(self, key: str, *, failed: str | None = None) -> None:
        self.player.spoken(key, failed=failed, now_ns=self.now_ns)
        self.effects += self.player.take_effects()

    def due(self) -> list[m.Show | m.ShowPlan]:
        return self.player.due(now_ns=self.now_ns, now_unix_ms=7)

    @property
    def phase(self) -> ShowPhase:
        runner = self.player.runner
        assert runner is not None
        return runner.phase

    @property
    def held(self) -> ShowHeld | None:
        runner = self.player.runner
        assert runner is not None
        return runner.held


def test_a_gesture_is_asked_for_and_over_when_the_robot_says_so() -> None:
    show = Played(WAVE, SAY)
    show.go()
    assert show.effects == [Perform("c1", "wave")]
    show.ack()
    show.wait(seconds(2))
    phases = [show.phase]
    show.event(EventKind.GESTURE_DONE)

    assert [*phases, show.phase] == [ShowPhase.RUNNING, ShowPhase.STANDBY]


def test_a_gesture_that_is_broken_off_holds_the_show_and_says_why() -> None:
    for ended, why in ((GestureEnd.LEASE, "lease"), (None, "broken off")):
        show = Played(WAVE)
        show.go()
        show.ack()
        show.event(EventKind.GESTURE_ABORTED, ended=ended)

        assert show.held is ShowHeld.FAILED
        assert [line.detail for line in show.player.take_log() if line.word is CueWord.FAILED] == [why]


def test_other_events_end_no_gesture() -> None:
    show = Played(WAVE)
    show.go()
    show.event(EventKind.CAPPED)
    show.hear(m.Pong(id="p"))
    assert show.phase is ShowPhase.RUNNING
    idle = Played(SAY)
    idle.event(EventKind.GESTURE_DONE)
    assert idle.phase is ShowPhase.STANDBY


@pytest.mark.parametrize("refusal", [Refusal.AREA, Refusal.NOT_ALLOWED, Refusal.UNKNOWN_GESTURE])
def test_a_gesture_that_is_refused_holds_the_show(refusal: Refusal) -> None:
    show = Played(WAVE)
    show.go()
    show.ack(refusal)

    assert show.held is ShowHeld.FAILED


def test_what_passes_is_asked_for_again_for_a_while() -> None:
    show = Played(WAVE)
    show.go()
    show.ack(Refusal.MOVING)
    show.wait(ASK_AGAIN_NS - 1)
    assert len(show.effects) == 1
    show.wait(1)
    assert show.effects == [Perform("c1", "wave")] * 2
    show.wait(ASK_AGAIN_NS)
    assert len(show.effects) == 2
    show.wait(PASSES_WITHIN_NS)
    show.ack(Refusal.MOVING)

    assert show.held is ShowHeld.FAILED


def test_an_answer_to_something_else_changes_nothing() -> None:
    show = Played(WAVE)
    show.go()
    show.ack(Refusal.MOVING, request="q9")
    show.ack()

    assert show.phase is ShowPhase.RUNNING


def test_all_kinds_of_steps_have_their_effects() -> None:
    show = Played(ALL)
    show.go()

    assert show.effects == [
        Utter("c1", "ni hao", Language.ZH),
        Play("c2", "bell.wav"),
        ShowCard("hold"),
        Signal("light", "up"),
        Signal("slide", "next"),
    ]
    show.over("c1")
    show.over("c2")
    show.wait(seconds(1))
    assert show.phase is ShowPhase.ENDED


def test_a_line_that_cannot_be_said_holds_the_show() -> None:
    show = Played(SAY)
    show.go()
    show.over("c1", failed="no loudspeaker")

    assert show.held is ShowHeld.FAILED


def test_skip_hushes_what_is_said_and_breaks_off_a_gesture() -> None:
    said, waved = Played(SAY, SAY), Played(WAVE, SAY)
    for show in (said, waved):
        show.go()
        show.control(ShowAct.SKIP)

    assert said.effects[-1] == HushThis("c1")
    assert waved.effects[-1] == Perform("c1-off", None)
    waved.event(EventKind.GESTURE_ABORTED)
    assert waved.phase is ShowPhase.STANDBY


def test_two_gestures_at_once_fail_the_second() -> None:
    show = Played('do="sequence"\ntogether=true\nsteps=[{do="gesture", gesture="wave"},{do="gesture", gesture="wave"}]')
    show.go()

    assert show.held is ShowHeld.FAILED
    assert show.effects == [Perform("c1", "wave")]


def test_a_motion_process_that_died_fails_what_it_was_to_do() -> None:
    show = Played(WAVE)
    show.hear(status())
    show.go()
    show.hear(status())
    assert show.phase is ShowPhase.RUNNING
    show.hear(msgspec.structs.replace(status(), epoch="e2"))
    show.hear(msgspec.structs.replace(status(), epoch="e3"))  # and again, with nothing to do

    assert show.held is ShowHeld.FAILED


def test_the_area_counts_as_the_status_says() -> None:
    show = Played(WAVE + "\nneeds = { area_clear = true }")
    assert show.go() is Refusal.NEEDS
    show.hear(msgspec.structs.replace(status(), area_clear=True))

    assert show.go() is None


def test_nothing_runs_before_the_robot_was_heard_or_while_it_is_stopped() -> None:
    unheard = ShowPlayer(Played(SAY).player.script, now_ns=0)
    control = m.ShowControl(id="x", act=ShowAct.GO, cue=0)
    assert unheard.control(control, role=Role.STAFF, now_ns=0) is Refusal.STOPPED
    unheard.tick(now_ns=1)
    stopped = Played(SAY)
    stopped.stands(latched=True)
    assert stopped.go() is Refusal.STOPPED


def test_without_a_show_there_is_nothing_to_control_or_tell() -> None:
    show = Played()

    assert show.control(ShowAct.GO) is Refusal.NO_SHOW
    assert show.due() == []
    show.wait()
    show.over("c1")
    assert show.player.runner is None


def test_the_audience_is_looked_after_with_and_without_a_show() -> None:
    for show in (Played(SAY), Played()):
        show.wait(seconds(1))
        was_on = show.player.in_interlude
        show.stands(driver=None)
        show.wait(seconds(1.5))
        assert show.effects == [Perform("i1", "idle-alive")]
        show.ack()
        show.player.on_stage.heard("anna", now_ns=show.now_ns)
        show.wait(ms(100))
        show.player.on_stage.heard("anna", now_ns=show.now_ns)
        show.wait(seconds(0.9))
        show.player.on_stage.heard("anna", now_ns=show.now_ns)
        show.wait(ms(200))

        assert (was_on, show.player.in_interlude) == (True, False)
        assert show.effects[-1] == Perform("i1-off", None)


def test_the_holding_line_is_the_shows_and_ends_like_any_line() -> None:
    show = Played(SAY)
    show.wait(seconds(1))
    show.wait(seconds(2))

    assert (
        Utter("i2", "one moment", Language.EN) in show.effects or Utter("i1", "one moment", Language.EN) in show.effects
    )
    show.over("i1")
    show.over("i2")
    assert show.phase is ShowPhase.STANDBY


def test_an_idle_gesture_that_ends_comes_again() -> None:
    show = Played()
    show.wait(seconds(1))
    show.wait(seconds(1.5))
    show.ack()
    show.event(EventKind.GESTURE_DONE)
    show.wait(seconds(2))

    assert [effect for effect in show.effects if isinstance(effect, Perform)] == [
        Perform("i1", "idle-alive"),
        Perform("i2", "idle-alive"),
    ]


@pytest.mark.parametrize(
    "moving",
    [
        {"measured": m.WireTwist(vx_mps=0.1, vy_mps=0.0, wz_radps=0.0)},
        {"applied": m.WireTwist(vx_mps=0.0, vy_mps=0.1, wz_radps=0.0)},
        {"applied": m.WireTwist(vx_mps=0.0, vy_mps=0.0, wz_radps=0.1)},
        {"state": RobotState.DRIVING},
        {"state": RobotState.STOPPED, "latched": True},
    ],
)
def test_a_robot_that_moves_or_is_stopped_does_not_idle(moving: dict[str, object]) -> None:
    show = Played()
    show.wait(seconds(1))
    show.stands(**moving)
    show.wait(seconds(20))

    assert show.effects == []


def test_a_robot_that_stands_by_its_own_measure_idles() -> None:
    show = Played()
    show.wait(seconds(1))
    show.stands(measured=STILL)
    show.wait(seconds(2))

    assert show.effects == [Perform("i1", "idle-alive")]


def test_a_robot_that_does_not_know_the_idle_gesture_does_not_idle() -> None:
    show = Played(learns=False)
    show.wait(seconds(1))
    show.wait(seconds(20))

    assert show.effects == []


def test_the_shows_own_gesture_goes_before_the_idling() -> None:
    show = Played(SAY, WAVE)
    show.wait(seconds(1))
    show.wait(seconds(1.5))
    show.ack()
    show.control(ShowAct.STANDBY, 1)
    show.player.on_stage.heard("anna", now_ns=show.now_ns)
    show.go()

    assert show.effects[-2:] == [Perform("i1-off", None), Perform("c1", "wave")]


def test_abort_takes_whoever_presents_off_the_stage() -> None:
    show = Played(SAY)
    show.control(ShowAct.ABORT)

    assert show.player.on_stage.who is None


def test_a_refused_act_leaves_the_stage_alone() -> None:
    show = Played(SAY)

    assert show.control(ShowAct.ABORT, role=Role.OBSERVER) is Refusal.ROLE
    assert show.player.on_stage.who == "anna"


def test_everybody_is_told_the_plan_and_how_it_goes() -> None:
    show = Played(MOVE, SAY + '\nafter = "previous"', LIVE)
    show.player.learn([], problems=["x" * 400])
    plan, now = show.due()

    assert isinstance(plan, m.ShowPlan)
    assert [mark.name for mark in plan.marks] == ["start", "centre"]
    assert plan.marks[1].goal == m.Goal(x_m=1.0, y_m=0.0, heading_rad=1.570796)
    assert [(cue.kind, cue.follows, cue.lasts_s, cue.mark) for cue in plan.cues] == [
        ("move", False, 9.0, "centre"),
        ("speak", True, None, None),
        ("live", False, None, None),
    ]
    assert [len(problem) for problem in plan.problems] == [300]
    assert isinstance(now, m.Show)
    assert (now.phase, now.cue, now.line, now.next_line, now.at_unix_ms) == (ShowPhase.STANDBY, 0, "", "hello", 7)
    assert now.show == plan.show
    assert len(plan.show) == 16


def test_the_live_cues_words_are_for_the_teleprompter() -> None:
    show = Played(LIVE)
    (_, now) = show.due()

    assert isinstance(now, m.Show)
    assert (now.line, now.next_line) == ("Once upon a time", "")


def test_it_is_told_at_every_change_every_second_and_anew_to_who_comes() -> None:
    show = Played(SAY)
    show.due()
    assert show.due() == []
    show.go()
    assert [type(said) for said in show.due()] == [m.Show]
    show.now_ns += TELL_EVERY_NS
    assert [type(said) for said in show.due()] == [m.Show]
    show.player.plan_is_due(now_ns=show.now_ns)
    assert [type(said) for said in show.due()] == [m.ShowPlan, m.Show]
    show.now_ns += PLAN_EVERY_NS
    assert [type(said) for said in show.due()] == [m.ShowPlan, m.Show]


def test_shows_of_one_content_have_one_name() -> None:
    plans = [Played(cue).due()[0] for cue in (SAY, SAY, WAVE)]

    assert plans[0].show == plans[1].show != plans[2].show


def test_who_is_on_stage_counts_for_the_link() -> None:
    show = Played(LIVE)
    show.go()
    show.wait(seconds(1))

    assert show.held is ShowHeld.LINK
    assert show.player.on_stage.link(now_ns=show.now_ns) is Grade.LOST
