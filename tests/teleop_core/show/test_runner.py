"""How a show runs: what begins when, what holds it, and that nothing but somebody's go takes it on."""

from dataclasses import replace

import pytest

from teleop_core.geometry import Pose2D
from teleop_core.show.runner import Begin, Cease, Facts, Order, ShowRunner
from teleop_core.show.script import Face, Gesture, Grade, Slide, Speak, read_script
from teleop_core.timebase import seconds
from teleop_core.wire.messages import CueWord, Refusal, Role, ShowAct, ShowHeld, ShowNeed, ShowPhase

WAVE = 'do = "gesture"\ngesture = "wave"'
SAY = 'do = "speak"\ntext = "hello"'
SLIDE = 'do = "slide"'
LIVE = 'do = "live"'
STAFF = 'do = "wait_for_staff"'
MOVE = 'do = "move"\nmark = "centre"'
PAUSE = 'do = "pause"\nfor_s = 2'
BOTH = 'do = "sequence"\ntogether = true\nsteps = [{do="gesture", gesture="wave"}, {do="speak", text="hi"}]'
ROW = 'do = "sequence"\nsteps = [{do="speak", text="a"}, {do="pause", for_s=1}, {do="face", card="b"}]'
FOLLOWS = '\nafter = "previous"\nwait_s = 1'
AT_CENTRE = Pose2D(1.0, 0.0, 0.0)


class Played:
    """A show, and the facts that it is told."""

    def __init__(self, *cues: str, rules: str = "") -> None:
        text = f'title="t"\n{rules}\n[[marks]]\nname="centre"\nx_m=1\ny_m=0\n'
        text += "".join(f'[[cues]]\ntitle="cue {number}"\n{cue}\n' for number, cue in enumerate(cues))
        self.runner = ShowRunner(read_script(text.encode(), name="t.toml"), now_ns=0)
        self.facts = Facts(pose=Pose2D(), battery=0.9)
        self.now_ns = 0
        self.orders: list[Order] = []

    def act(self, act: ShowAct, cue: int | None = None, *, role: Role = Role.PRESENTER) -> Refusal | None:
        number = self.runner.next_go if cue is None else cue
        refusal = self.runner.act(act, number, role=role, facts=self.facts, now_ns=self.now_ns)
        self.orders += self.runner.take_orders()
        return refusal

    def go(self, *, role: Role = Role.PRESENTER) -> Refusal | None:
        return self.act(ShowAct.GO, role=role)

    def wait(self, for_s: float = 0.02, **facts: object) -> None:
        self.now_ns += seconds(for_s)
        self.facts = replace(self.facts, **facts)  # type: ignore[arg-type]
        self.runner.tick(self.facts, now_ns=self.now_ns)
        self.orders += self.runner.take_orders()

    def end(self, *, failed: str | None = None) -> None:
        """Let what began last be over."""
        begun = [order for order in self.orders if isinstance(order, Begin)]
        self.runner.finished(begun[-1].run, failed=failed, now_ns=self.now_ns)
        self.orders += self.runner.take_orders()

    @property
    def steps(self) -> list[object]:
        return [order.step for order in self.orders if isinstance(order, Begin)]

    @property
    def at(self) -> tuple[ShowPhase, int]:
        return self.runner.phase, self.runner.index

    @property
    def words(self) -> list[tuple[int, CueWord]]:
        return [(line.cue, line.word) for line in self.runner.take_log()]


def test_a_cue_begins_with_go_and_its_end_puts_the_next_on_standby() -> None:
    show = Played(WAVE, SAY)

    assert show.go() is None
    assert show.steps == [Gesture(gesture="wave")]
    assert show.at == (ShowPhase.RUNNING, 0)
    show.end()

    assert show.at == (ShowPhase.STANDBY, 1)
    assert show.words == [(0, CueWord.BEGAN), (0, CueWord.DONE)]


def test_the_last_cue_ends_the_show_and_standby_begins_it_anew() -> None:
    show = Played(SLIDE)
    show.go()

    assert show.at == (ShowPhase.ENDED, 1)
    assert show.go() is Refusal.SHOW_OVER
    assert show.words[-1] == (0, CueWord.ENDED)
    show.wait()
    assert show.act(ShowAct.STANDBY, 0) is None
    assert show.at == (ShowPhase.STANDBY, 0)
    assert show.go() is None


def test_two_who_say_go_at_once_go_once() -> None:
    show = Played(WAVE, SAY)
    seen = show.runner.next_go

    assert show.act(ShowAct.GO, seen) is None
    assert show.act(ShowAct.GO, seen) is Refusal.BUSY
    show.end()
    assert show.act(ShowAct.GO, seen) is Refusal.STALE
    assert show.at == (ShowPhase.STANDBY, 1)


@pytest.mark.parametrize("act", list(ShowAct))
def test_an_observer_runs_no_show(act: ShowAct) -> None:
    show = Played(WAVE)

    assert show.act(act, 0, role=Role.OBSERVER) is Refusal.ROLE
    assert show.at == (ShowPhase.STANDBY, 0)


def test_a_cue_that_follows_begins_by_itself_after_its_wait() -> None:
    show = Played(SLIDE, SAY + FOLLOWS)
    show.go()

    show.wait(0.98)
    assert show.at == (ShowPhase.STANDBY, 1)
    show.wait(0.02)

    assert show.at == (ShowPhase.RUNNING, 1)
    assert show.steps[-1] == Speak(text="hello")


def test_nothing_follows_before_the_first_go() -> None:
    show = Played(SLIDE, SAY + FOLLOWS)
    show.act(ShowAct.STANDBY, 1)

    show.wait(10.0)

    assert show.steps == []
    assert show.at == (ShowPhase.STANDBY, 1)


def test_steps_come_one_after_the_other() -> None:
    show = Played(ROW)
    show.go()
    show.wait()
    assert len(show.steps) == 1
    show.end()
    show.wait()  # the pause begins
    show.wait(0.98)
    assert len(show.steps) == 1
    show.wait(0.02)
    show.wait()

    assert show.steps[1:] == [Face(card="b")]
    assert show.runner.phase is ShowPhase.ENDED


def test_steps_together_begin_at_once_and_the_cue_lasts_as_long_as_the_longest() -> None:
    show = Played(BOTH, SLIDE)
    show.go()
    first, second = [order.run for order in show.orders if isinstance(order, Begin)]

    show.runner.finished(second, now_ns=show.now_ns)
    show.wait()
    assert show.at == (ShowPhase.RUNNING, 0)
    show.runner.finished(first, now_ns=show.now_ns)

    assert show.at == (ShowPhase.STANDBY, 1)
    assert len(show.steps) == 2


def test_a_pause_takes_its_time() -> None:
    show = Played(PAUSE, SLIDE)
    show.go()
    show.wait(1.98)
    assert show.at == (ShowPhase.RUNNING, 0)
    show.wait(0.02)
    assert show.at == (ShowPhase.STANDBY, 1)


@pytest.mark.parametrize(
    ("pose", "still", "there"),
    [
        (AT_CENTRE, True, True),
        (AT_CENTRE, False, False),
        (None, True, False),
        (Pose2D(1.0, 0.15, 0.0), True, True),
        (Pose2D(1.0, 0.16, 0.0), True, False),
        (Pose2D(1.0, 0.0, -0.2), True, True),
        (Pose2D(1.0, 0.0, 0.21), True, False),
    ],
)
def test_a_move_is_over_once_the_robot_stands_at_the_mark(pose: Pose2D | None, still: bool, there: bool) -> None:
    show = Played(MOVE, SLIDE)
    show.go()
    assert show.orders == []  # the hand moves it, not the show

    show.wait(pose=pose, still=still)

    assert show.at == ((ShowPhase.STANDBY, 1) if there else (ShowPhase.RUNNING, 0))


def test_a_live_cue_is_over_with_the_go_to_what_follows() -> None:
    show = Played(LIVE, SLIDE, LIVE)
    show.go()
    show.wait(100.0)
    assert show.at == (ShowPhase.RUNNING, 0)
    assert show.runner.next_go == 1
    show.go()
    show.go()
    assert show.at == (ShowPhase.RUNNING, 2)

    assert show.go() is None

    assert show.runner.phase is ShowPhase.ENDED
    assert show.steps == [Slide(signal="next")]


def test_a_cue_that_waits_for_staff_is_ended_by_staff_alone() -> None:
    show = Played(STAFF, SLIDE)
    show.go()
    show.wait()

    assert show.go() is Refusal.ROLE
    assert show.at == (ShowPhase.RUNNING, 0)
    assert show.go(role=Role.STAFF) is None
    assert show.runner.phase is ShowPhase.ENDED


@pytest.mark.parametrize(
    ("needs", "lacking", "fine", "need"),
    [
        ("area_clear = true", {}, {"area_clear": True}, ShowNeed.AREA_CLEAR),
        ("battery = 0.5", {"battery": 0.49}, {"battery": 0.5}, ShowNeed.BATTERY),
        ("battery = 0.5", {"battery": None}, {"battery": 0.6}, ShowNeed.BATTERY),
        ('link = "good"', {"link": Grade.POOR}, {"link": Grade.GOOD}, ShowNeed.LINK),
        ('link = "poor"', {"link": Grade.LOST}, {"link": Grade.POOR}, ShowNeed.LINK),
        ('at_mark = "centre"', {}, {"pose": AT_CENTRE}, ShowNeed.AT_MARK),
    ],
)
def test_a_need_that_does_not_hold_holds_the_show(
    needs: str, lacking: dict[str, object], fine: dict[str, object], need: ShowNeed
) -> None:
    show = Played(f"{WAVE}\nneeds = {{ {needs} }}")
    show.wait(0.02, **lacking)

    assert show.go() is Refusal.NEEDS
    assert (show.runner.held, show.runner.need) == (ShowHeld.NEEDS, need)
    assert show.steps == []
    show.wait(0.02, **fine)
    assert show.go() is None

    assert show.steps == [Gesture(gesture="wave")]
    assert show.runner.need is None


def test_a_cue_that_follows_and_lacks_something_holds_the_show() -> None:
    show = Played(SLIDE, f"{WAVE}{FOLLOWS}\nneeds = {{ area_clear = true }}")
    show.go()
    show.wait(1.0)

    assert show.runner.held is ShowHeld.NEEDS
    show.wait(5.0, area_clear=True)
    assert show.runner.held is ShowHeld.NEEDS  # only somebody's go takes it on
    show.go()
    assert show.at == (ShowPhase.RUNNING, 1)


def test_a_hold_lets_what_has_begun_end_and_begins_nothing() -> None:
    show = Played(SAY, SLIDE + FOLLOWS)
    show.go()

    assert show.act(ShowAct.HOLD) is None
    assert show.act(ShowAct.HOLD) is None
    show.end()
    show.wait(10.0)

    assert show.at == (ShowPhase.HELD, 1)
    assert len(show.steps) == 1
    assert show.words.count((0, CueWord.HELD)) == 1
    show.go()
    assert show.runner.phase is ShowPhase.ENDED


def test_go_takes_a_held_cue_on_with_what_is_left() -> None:
    show = Played(ROW)
    show.go()
    show.end()
    show.wait()  # amid the pause
    show.act(ShowAct.HOLD)
    show.wait(5.0)  # the pause ends
    assert show.runner.held is ShowHeld.PERSON

    show.go()

    assert show.steps[1:] == [Face(card="b")]
    assert (0, CueWord.RESUMED) in show.words
    assert show.runner.phase is ShowPhase.ENDED


def test_while_the_link_is_away_what_has_begun_ends_and_nothing_begins() -> None:
    show = Played(ROW, SLIDE)
    show.go()
    show.wait(link=Grade.LOST)
    assert show.at == (ShowPhase.RUNNING, 0) or show.runner.held is ShowHeld.LINK

    show.end()
    show.wait(5.0)

    assert show.runner.held is ShowHeld.LINK
    assert len(show.steps) == 1
    show.wait(5.0, link=Grade.GOOD)
    assert show.runner.held is ShowHeld.LINK
    show.go()
    assert show.at == (ShowPhase.RUNNING, 0)


@pytest.mark.parametrize("cue", [MOVE, LIVE])
def test_what_needs_a_hand_or_a_voice_is_held_at_once_when_the_link_is_away(cue: str) -> None:
    show = Played(cue)
    show.go()
    show.wait(link=Grade.LOST)

    assert show.runner.held is ShowHeld.LINK
    show.wait(link=Grade.GOOD)
    show.go()
    assert show.at == (ShowPhase.RUNNING, 0)


def test_what_follows_by_itself_is_held_while_the_link_is_away() -> None:
    show = Played(SLIDE, SAY + FOLLOWS)
    show.go()
    show.wait(2.0, link=Grade.LOST)

    assert show.runner.held is ShowHeld.LINK
    assert len(show.steps) == 1


def test_a_show_may_finish_what_needs_nobody() -> None:
    rules = '[rules]\nlink_lost = "finish"'
    show = Played(ROW, SAY + FOLLOWS, MOVE + FOLLOWS, rules=rules)
    show.go()
    show.wait(link=Grade.LOST)
    show.end()
    show.wait()
    show.wait(1.0)
    show.wait()
    show.wait(1.0)
    assert show.at == (ShowPhase.RUNNING, 1)
    show.end()
    show.wait(1.0)
    show.wait()

    assert show.at == (ShowPhase.HELD, 2)  # nobody drives it there
    assert show.runner.held is ShowHeld.LINK


def test_a_stop_breaks_off_and_holds_and_the_step_is_done_again() -> None:
    show = Played(SAY, SLIDE)
    show.go()
    show.wait(latched=True)

    assert show.orders[-1] == Cease((1,))
    assert show.runner.held is ShowHeld.STOPPED
    assert show.go() is Refusal.STOPPED
    show.wait(latched=False)
    show.go()

    assert show.steps == [Speak(text="hello"), Speak(text="hello")]


def test_a_stop_holds_what_would_follow_and_leaves_a_standby_alone() -> None:
    follows, waits = Played(SLIDE, SAY + FOLLOWS), Played(SLIDE, SAY)
    for show in (follows, waits):
        show.go()
        show.wait(latched=True)

    assert follows.runner.held is ShowHeld.STOPPED
    assert waits.at == (ShowPhase.STANDBY, 1)


def test_a_step_that_fails_holds_the_show_and_is_done_again() -> None:
    show = Played(WAVE)
    show.go()
    show.end(failed="moving")

    assert show.runner.held is ShowHeld.FAILED
    failed = [line for line in show.runner.take_log() if line.word is CueWord.FAILED]
    assert [line.detail for line in failed] == ["moving"]
    show.go()
    assert show.steps == [Gesture(gesture="wave")] * 2


def test_the_end_of_something_that_was_broken_off_counts_no_more() -> None:
    show = Played(SAY, SLIDE)
    show.go()
    show.act(ShowAct.SKIP)
    show.end()

    assert show.at == (ShowPhase.STANDBY, 1)


def test_skip_leaves_a_cue_out_and_breaks_it_off() -> None:
    show = Played(SAY, PAUSE, SLIDE)
    show.go()

    assert show.act(ShowAct.SKIP, 7) is Refusal.STALE
    assert show.act(ShowAct.SKIP) is None
    assert show.orders[-1] == Cease((1,))
    assert show.at == (ShowPhase.STANDBY, 1)
    show.go()
    show.act(ShowAct.SKIP)

    assert show.at == (ShowPhase.STANDBY, 2)
    assert not [order for order in show.orders if isinstance(order, Cease) and order.runs != (1,)]
    show.act(ShowAct.SKIP)
    assert show.runner.phase is ShowPhase.ENDED


def test_what_follows_a_skipped_cue_waits_for_go() -> None:
    show = Played(SLIDE, SAY, SLIDE + FOLLOWS)
    show.go()
    show.act(ShowAct.SKIP)
    show.wait(10.0)

    assert (show.at, show.runner.held) == ((ShowPhase.HELD, 2), ShowHeld.PERSON)


def test_standby_chooses_the_next_cue() -> None:
    show = Played(SAY, WAVE, SLIDE, SLIDE + FOLLOWS)
    show.go()

    assert show.act(ShowAct.STANDBY, 9) is Refusal.UNKNOWN_CUE
    assert show.act(ShowAct.STANDBY, 2) is None
    assert show.orders[-1] == Cease((1,))
    assert show.at == (ShowPhase.STANDBY, 2)
    show.act(ShowAct.STANDBY, 3)
    assert show.runner.held is ShowHeld.PERSON


def test_abort_breaks_off_holds_and_takes_the_abort_pose() -> None:
    show = Played(SAY, rules='[rules]\nabort_pose = "idle-alive"')
    show.go()
    show.act(ShowAct.ABORT)

    assert show.orders[1:] == [Cease((1,)), Begin(2, Gesture(gesture="idle-alive"))]
    assert show.runner.held is ShowHeld.ABORTED
    show.runner.finished(2, now_ns=show.now_ns)  # the pose is nobody's step
    assert show.runner.held is ShowHeld.ABORTED


def test_a_stopped_robot_takes_no_abort_pose_and_a_show_without_one_takes_none() -> None:
    stopped = Played(SAY, rules='[rules]\nabort_pose = "idle-alive"')
    stopped.wait(latched=True)
    plain = Played(SAY)
    for show in (stopped, plain):
        show.act(ShowAct.ABORT)

        assert show.orders == []


def test_the_clocks_of_show_and_cue() -> None:
    show = Played(SAY, PAUSE)
    show.wait(5.0)
    assert show.runner.shown_ns(now_ns=show.now_ns) == 0
    assert show.runner.cue_ns(now_ns=show.now_ns) == 0
    show.go()
    show.wait(3.0)
    assert show.runner.cue_ns(now_ns=show.now_ns) == seconds(3)
    show.end()
    show.wait(1.0)
    assert show.runner.shown_ns(now_ns=show.now_ns) == seconds(4)
    assert show.runner.cue_ns(now_ns=show.now_ns) == 0
