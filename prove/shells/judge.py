"""Watches the shells, and cries foul when they break what the design promises of them; it knows the truth.

The referee knows what one session was told. The judge knows what there was to tell: who is frozen or dead, what is on
the disk, and when each word was said. What concerns the link to the bridge is for `link_judge`. Every method may raise
`Foul`.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from prove.clock import VirtualLoop
from prove.foul import require
from prove.referee import Referee
from prove.shells.absence import Absence
from prove.shells.link_judge import LinkJudge
from robot_agent.motion import ipc
from teleop_core.geometry import Twist
from teleop_core.session import Memory, RobotSession, Setpoint
from teleop_core.timebase import ms, seconds
from teleop_core.wire import messages as m

STOP: Final = b'{"type":"stop"'
LOOK_NS: Final = ms(20)
STOP_WITHIN_NS: Final = ms(400)
DEATH_TOLD_WITHIN_NS: Final = ms(280)
LEAVES_WITHIN_NS: Final = ms(1500)
DISK_PATIENCE_NS: Final = seconds(1)
SLACK_NS: Final = ms(60)
SLEEPS_NS: Final = ms(520)  # beyond the edge that was due


class Disk(Protocol):
    """What the judge asks a motion process's disk."""

    kept: Memory | None

    def is_in_trouble(self, *, patience_ns: int) -> bool:
        """Return whether it failed, or takes longer than that."""
        ...


class Orphan(Protocol):
    """What the judge keeps of a motion process whose agent died: for how long it has run since."""

    alone_ns: int


@dataclass(slots=True)
class Wait:
    """Something that must have happened once the road for it has been open for so long at a stretch."""

    is_open: Callable[[], bool]
    has_happened: Callable[[], bool]
    open_ns: int = 0

    def go_on(self) -> int:
        """Let a look's worth of time pass, and return for how long the road has been open."""
        self.open_ns = self.open_ns + LOOK_NS if self.is_open() else 0
        return self.open_ns


class Judge:
    """One run's judge. `tell` gets a line for each thing that happens."""

    def __init__(self, loop: VirtualLoop, *, tell: Callable[[str], None]) -> None:
        self._loop = loop
        self.tell = tell
        self.sent_ns: dict[bytes, int] = {}  # when each word of a person set out
        self.agent_away = Absence()
        self.motion_away = Absence()
        self.link = LinkJudge(loop, agent_away=self.agent_away, motion_away=self.motion_away)
        self.ticks = 0
        self.moves = 0
        self._session: RobotSession | None = None
        self._referee: Referee | None = None
        self._epochs: set[str] = set()
        self._said_fence = 0  # the highest that was said while the disk kept it
        self._told_speed = 0.0
        self._must_latch = False
        self._agent_stop_total_ns = 0  # how long the motion process had been away by then
        self._dismissed: frozenset[str] = frozenset()
        self._stops: dict[bytes, Wait] = {}
        self._untold: list[Wait] = []
        self._latches: list[Wait] = []

    @property
    def now_ns(self) -> int:
        """The virtual time."""
        return self._loop.now_ns

    # --- Who runs ---

    def agent_stops(self) -> None:
        """Note that nothing of the agent runs from now on."""
        if self.agent_away.since_ns is None:
            self._agent_stop_total_ns = self.motion_away.total_ns
            self.agent_away.begin(self.now_ns)

    def agent_runs(self) -> None:
        """Note that it runs."""
        self.agent_away.end(self.now_ns)

    def motion_is_born(self, session: RobotSession, referee: Referee) -> None:
        """Judge a motion process that is about to turn for the first time."""
        memory = session.memory
        self.tell(f"a motion process is born: fence {memory.fence}")
        require(session.is_latched, "a motion process started without a latched STOP")
        require(memory.fence > self._said_fence, "a motion process started with a fence that was said before")
        require(memory.epoch not in self._epochs, "a motion process started with the epoch of another")
        self._epochs.add(memory.epoch)
        self._session, self._referee = session, referee
        self._must_latch = False
        self.motion_away.end(self.now_ns)

    def motion_died(self, tabs: Collection[Wait]) -> None:
        """Note that the motion process died, which each of `tabs` must come to know unless its road breaks first."""
        self.motion_away.begin(self.now_ns)
        self._untold += tabs

    # --- What the robot hears and says ---

    def expects_latch(self, *, is_open: Callable[[], bool]) -> None:
        """Note a STOP in the hall, that must latch the robot once the road for it has been open for a while."""
        self._latches.append(Wait(is_open, lambda: self._session is not None and self._session.is_latched))

    def person_says(self, body: bytes, is_through: Callable[[], bool]) -> None:
        """Note that somebody says `body` now; a STOP must arrive once `is_through` has been true for a while."""
        if body not in self.sent_ns:
            self.sent_ns[body] = self.now_ns
            if body.startswith(STOP):
                self.tell(f"somebody says STOP: {body.decode()}")
                self._stops[body] = Wait(is_through, lambda: False)

    def robot_hears(self, body: bytes, *, peer: str, road: m.Road) -> None:
        """Judge what reaches the motion process."""
        self._stops.pop(body, None)
        if road is m.Road.BRIDGE:
            self.link.robot_hears(body)
        elif road is m.Road.DIRECT:
            require(peer not in self._dismissed, "somebody who was sent off for good was heard over the other road")

    def roster_heard(self, dismissed: Collection[str], *, holder: str | None) -> None:
        """Judge who has the lease after the robot has heard who is in the room."""
        self._dismissed = frozenset(dismissed)
        require(holder not in self._dismissed, "somebody who was sent off for good still has the lease")

    def robot_says(self, frame: ipc.ToPeer, disk: Disk) -> None:
        """Judge what leaves the motion process: what it follows from is on the disk, or known not to get there."""
        session = self._session
        if session is None:
            return
        self.link.robot_says(frame.body)
        if disk.kept == session.memory:
            self._said_fence = session.fence
        else:
            require(
                disk.is_in_trouble(patience_ns=DISK_PATIENCE_NS), "the robot spoke before its memory was on the disk"
            )
            require(session.is_latched, "the robot spoke without a memory, and is not latched")

    # --- What the robot does ---

    def robot_slept(self, away_ns: int) -> None:
        """Note that the motion loop, or the whole machine, was held up: the next tick must latch for a long one."""
        self._must_latch = self._must_latch or away_ns > SLEEPS_NS

    def robot_ticked(self, setpoint: Setpoint) -> None:
        """Judge a tick."""
        self.ticks += 1
        if self._must_latch and self._session is not None:
            self._must_latch = False
            require(self._session.is_latched, "the motion loop slept for long, and did not latch")
        twist = setpoint.twist
        self.tell(f"tick: {setpoint.state.value}, {setpoint.limit.value}, {twist.vx_mps!r}, {twist.wz_radps!r}")

    def driver_was_told(self, twist: Twist, *, has_stood: bool) -> None:
        """Judge a velocity that reaches the robot; `has_stood` since its driver was opened."""
        speed = max(twist.speed_mps, abs(twist.wz_radps))
        if speed > 0.0:
            self.moves += 1
            require(has_stood, "a driver that was just opened moves on")
            self._judge_without_agent(faster=speed > self._told_speed)
        self._told_speed = speed

    def _judge_without_agent(self, *, faster: bool) -> None:
        since_ns, referee = self.agent_away.since_ns, self._referee
        if since_ns is None or referee is None:
            return
        zero_ns = referee.timing.agent_zero_ns + self.motion_away.total_ns - self._agent_stop_total_ns + SLACK_NS
        away_ns = self.now_ns - since_ns
        require(not faster or away_ns <= zero_ns, "it sped up although the agent does not run")
        require(away_ns <= zero_ns + referee.ramp_ns, "it moves although the agent has not run for long")

    # --- Time passes ---

    def look(self, orphans: Iterable[Orphan]) -> None:
        """Judge what ought to have happened by now; `orphans` are motion processes at work whose agent died."""
        for body, wait in self._stops.items():
            require(wait.go_on() <= STOP_WITHIN_NS, f"said on an open road, and did not arrive: {body.decode()}")
        self._latches = [wait for wait in self._latches if not wait.has_happened()]
        for wait in self._latches:
            require(wait.go_on() <= STOP_WITHIN_NS, "a STOP in the hall did not latch")
        self._untold = [wait for wait in self._untold if wait.is_open() and not wait.has_happened()]
        for wait in self._untold:
            require(wait.go_on() <= DEATH_TOLD_WITHIN_NS, "the motion process died, and somebody was not told")
        for orphan in orphans:
            orphan.alone_ns += LOOK_NS
            require(orphan.alone_ns <= LEAVES_WITHIN_NS, "a motion process outlives its agent")
