"""The people of a rehearsal: a presenter who drives to the marks and says go, and staff who clear the way. Seeded."""

import random
from typing import Final

from simulator.rehearsal.robot import PRESENTER, STAFF
from teleop_core.geometry import Twist
from teleop_core.operator import OperatorSession
from teleop_core.show.script import LiveCue, MoveCue, Script, StaffCue
from teleop_core.timebase import ms, seconds
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import Limit, RobotState, ShowAct, ShowHeld, ShowPhase

PACE_MPS: Final = 0.5
LIVE_S: Final = 4.0  # a live cue whose length nobody planned
LOOKS_AFTER_NS: Final = seconds(1)  # a picture or beacon older than this: one waits, and drives no more
RETRY_NS: Final = seconds(1)


class Played:
    """One person: a real session, an eye on the show, and what it last did about it."""

    def __init__(self, peer: m.Peer, rng: random.Random) -> None:
        self.peer = peer
        self.session = OperatorSession(token="rehearsal-token-of-nobody", client_id=peer.id.replace(".", "-"))  # noqa: S106
        self._rng = rng
        self.show: m.Show | None = None
        self._acted_on: tuple[object, ...] | None = None
        self._acts_ns: int | None = None
        self._next_try_ns = 0
        self._heard_ns = 0

    def join(self, *, now_ns: int) -> None:
        """Come into the room."""
        welcome = m.Welcome(
            version=m.PROTOCOL_VERSION, robot="rehearsal", you=self.peer, ice_servers=(), profile=None, server_unix_ms=0
        )
        self.session.receive(encode(welcome), now_ns=now_ns)

    def receive(self, body: bytes, *, now_ns: int) -> None:
        """Take in what the robot says."""
        said = self.session.receive(body, now_ns=now_ns)
        self._heard_ns = now_ns
        if isinstance(said, m.Show) and (self.show is None or said.at_unix_ms >= self.show.at_unix_ms):
            self.show = said

    def hears(self, *, now_ns: int) -> bool:
        """Return whether the robot was heard lately."""
        return now_ns - self._heard_ns < LOOKS_AFTER_NS

    def thinks(self, about: tuple[object, ...], *, now_ns: int, least_s: float, most_s: float) -> bool:
        """Return whether it is time to act on something new: one looks at it for a moment first."""
        if self._acted_on != about:
            self._acted_on = about
            self._acts_ns = now_ns + seconds(self._rng.uniform(least_s, most_s))
        if self._acts_ns is None or now_ns < self._acts_ns:
            return False
        self._acts_ns = now_ns + RETRY_NS  # nothing came of it: once more
        return True

    def may_ask(self, *, now_ns: int) -> bool:
        """Return whether to ask for something again."""
        if now_ns < self._next_try_ns:
            return False
        self._next_try_ns = now_ns + RETRY_NS
        return True

    def say(self, act: ShowAct, cue: int) -> bytes:
        """Return a word to the show."""
        return encode(m.ShowControl(id=self.session.new_id(), act=act, cue=cue))


class PlayedPresenter(Played):
    """Asks for the lease, drives to marks, speaks through live cues, and says go."""

    def __init__(self, script: Script, rng: random.Random) -> None:
        super().__init__(PRESENTER, rng)
        self._script = script
        self._neutral_until_ns = 0
        self.extra: list[bytes] = []

    def tick(self, *, now_ns: int) -> None:
        """Do what is to be done now."""
        known = self.session.telemetry
        if known is None or not self.hears(now_ns=now_ns):
            self.session.let_go()
            return
        if not self.session.holds_lease:
            self.session.let_go()
            if not known.latched and self.may_ask(now_ns=now_ns):
                self.session.request(m.LeaseRequest(id=self.session.new_id()), now_ns=now_ns)
            return
        if self.show is None:
            return
        self._follow(self.show, known, now_ns=now_ns)

    def _follow(self, show: m.Show, known: m.Telemetry, *, now_ns: int) -> None:
        cue = None if show.cue >= len(self._script.cues) else self._script.cues[show.cue]
        if show.phase is ShowPhase.RUNNING and isinstance(cue, MoveCue):
            self._drive(cue, known, now_ns=now_ns)
            return
        self.session.let_go()
        if show.phase is ShowPhase.RUNNING and isinstance(cue, LiveCue):
            lasts_s = LIVE_S if cue.lasts_s is None else cue.lasts_s
            if self.thinks(("live", show.cue), now_ns=now_ns, least_s=lasts_s, most_s=lasts_s * 1.1):
                self.extra.append(self.say(ShowAct.GO, show.next_go))
        elif show.phase is ShowPhase.STANDBY and cue is not None and cue.after.value == "go":
            if self.thinks(("go", show.cue), now_ns=now_ns, least_s=0.4, most_s=1.4):
                self.extra.append(self.say(ShowAct.GO, show.next_go))
        elif self._may_go_on(show) and self.thinks(("on", show.cue, show.held), now_ns=now_ns, least_s=1.0, most_s=2.0):
            self.extra.append(self.say(ShowAct.GO, show.next_go))

    @staticmethod
    def _may_go_on(show: m.Show) -> bool:
        return show.phase is ShowPhase.HELD and show.held in {ShowHeld.LINK, ShowHeld.FAILED} and not show.interlude

    def _drive(self, cue: MoveCue, known: m.Telemetry, *, now_ns: int) -> None:
        """Hold the dead-man towards the mark; let go, and take it again, where the robot asks for that."""
        mark = self._script.mark(cue.mark)
        if mark is None or known.state is RobotState.GESTURE:
            return
        if known.limit not in {Limit.DEAD_MAN, Limit.NONE, Limit.SLEW, *_SLOWED} and now_ns >= self._neutral_until_ns:
            self._neutral_until_ns = now_ns + ms(600)
        if now_ns < self._neutral_until_ns:
            self.session.let_go()
            return
        goal = m.Goal(x_m=mark.pose.x_m, y_m=mark.pose.y_m, heading_rad=round(mark.pose.heading_rad, 6))
        self.session.drive(Twist(vx_mps=PACE_MPS), dead_man=True, toward=goal)


class PlayedStaff(Played):
    """Clears the STOP and the area, and says go where the show waits for staff."""

    def __init__(self, script: Script, rng: random.Random) -> None:
        super().__init__(STAFF, rng)
        self._script = script
        self._reset: str | None = None
        self.extra: list[bytes] = []

    def tick(self, *, now_ns: int) -> None:
        """Do what is to be done now."""
        known, status = self.session.telemetry, self.session.status
        if known is None or status is None:
            return
        if known.latched:
            self._clear(status, now_ns=now_ns)
        elif not status.area_clear and self.may_ask(now_ns=now_ns):
            self.session.request(m.DeclareArea(id=self.session.new_id(), clear=True), now_ns=now_ns)
        show = self.show
        if show is None or show.cue >= len(self._script.cues):
            return
        cue = self._script.cues[show.cue]
        waits_for_staff = show.phase is ShowPhase.RUNNING and isinstance(cue, StaffCue)
        is_held = show.phase is ShowPhase.HELD and show.held in {ShowHeld.STOPPED, ShowHeld.NEEDS}
        if waits_for_staff or (is_held and not known.latched):
            about = ("staff", show.cue, show.phase, show.need)
            if self.thinks(about, now_ns=now_ns, least_s=0.8, most_s=2.0):
                self.extra.append(self.say(ShowAct.GO, show.next_go))

    def _clear(self, status: m.Status, *, now_ns: int) -> None:
        if status.reset is not None and status.reset.by == self.peer.id:
            if self.may_ask(now_ns=now_ns):
                confirm = m.ResetConfirm(id=self.session.new_id(), code=status.reset.code)
                self.session.request(confirm, now_ns=now_ns)
        elif status.state is RobotState.STOPPED and self.may_ask(now_ns=now_ns):
            self.session.request(m.ResetPrepare(id=self.session.new_id()), now_ns=now_ns)


_SLOWED: Final = frozenset({Limit.LOOP_DELAY, Limit.EDGE, Limit.STAFF_CAP, Limit.CAP, Limit.HANDOVER})
