"""Watches the robot's link to its bridge: what it dials when, and that nothing outlives a break that must not."""

from dataclasses import dataclass
from typing import Final

import msgspec

from prove.clock import VirtualLoop
from prove.foul import Foul, require
from prove.shells.absence import Absence
from teleop_core.timebase import ms, seconds
from teleop_core.wire import messages as m

DRIVE: Final = b'{"type":"drive"'
EVENT: Final = b'{"type":"event"'
SHORTEST_GAP_NS: Final = ms(50)
REFUSED_GAP_NS: Final = seconds(5)
PROVEN_NS: Final = seconds(5)
LONGEST_GAP_NS: Final = seconds(10)
DOUBLES_BELOW_NS: Final = seconds(1.7)  # of the cap under which the dice throw
STALE_NS: Final = ms(100)
ROUNDING_NS: Final = ms(1)

_to_robot: Final = msgspec.json.Decoder(m.ToRobot)
_from_robot: Final = msgspec.json.Decoder(m.FromRobot)


@dataclass(slots=True)
class Link:
    """One connection of the robot, or an attempt at one."""

    dialled_ns: int
    is_welcomed: bool = False
    is_refused: bool = False
    ended_ns: int | None = None


class LinkJudge:
    """One agent after another, each with one connection after another."""

    def __init__(self, loop: VirtualLoop, *, agent_away: Absence, motion_away: Absence) -> None:
        self._loop = loop
        self._agent_away = agent_away
        self._motion_away = motion_away
        self._link: Link | None = None
        self._up: Link | None = None  # the last that the bridge welcomed
        self._ended_ns = 0  # the last one
        self._gap_ns: int | None = None  # before the last dial, when that followed a failure
        self._agent_away_ns = 0  # how long it had been away, all in all, when the last one ended
        self._said_ns: dict[bytes, int] = {}  # when the robot said what
        self._came_by: dict[bytes, Link] = {}
        self.dice_share = 0.0  # what the agent's dice always throw
        self.dials = 0

    # --- Dialling ---

    def agent_starts(self) -> None:
        """Forget how the last agent dialled."""
        self._link = self._gap_ns = None

    def dialled(self) -> Link:
        """Judge when the agent dials."""
        self.dials += 1
        last = self._link
        if last is not None:
            require(last.ended_ns is not None, "the agent dials although it has a connection")
            self._judge_gap(last, self._loop.now_ns - self._ended_ns)
        self._link = Link(self._loop.now_ns)
        return self._link

    def ended(self, link: Link, *, close_code: int | None = None) -> None:
        """Note that a connection ended, or never came about."""
        if link.ended_ns is None:
            link.ended_ns = self._ended_ns = self._loop.now_ns
            link.is_refused = close_code is not None and m.is_final(m.CloseCode(close_code))
            self._agent_away_ns = self._agent_away.total_ns

    def _judge_gap(self, last: Link, gap_ns: int) -> None:
        before_ns, self._gap_ns = self._gap_ns, None
        require(gap_ns >= SHORTEST_GAP_NS - ROUNDING_NS, "the agent redials without a pause")
        if last.is_refused:
            require(gap_ns >= REFUSED_GAP_NS - ROUNDING_NS, "the agent was refused, and redials at once")
            return
        if self._agent_away.total_ns != self._agent_away_ns:
            return  # it did not run all the time
        require(gap_ns <= LONGEST_GAP_NS, "the agent waits for very long before it redials")
        held_ns = self._ended_ns - last.dialled_ns
        if before_ns is not None and held_ns < PROVEN_NS:
            require(gap_ns >= before_ns - ROUNDING_NS, "the agent waits for less time after another failure")
            if self.dice_share >= 0.5 and before_ns < self.dice_share * DOUBLES_BELOW_NS:
                require(gap_ns >= 1.9 * before_ns, "the agent does not wait for longer and longer")
        self._gap_ns = gap_ns

    # --- What passes ---

    def read(self, link: Link, frame: bytes) -> None:
        """Note what the agent reads."""
        if not link.is_welcomed:
            link.is_welcomed = isinstance(_to_robot.decode(frame), m.Welcome)
            self._up = link if link.is_welcomed else self._up
        elif b'"body":' + DRIVE in frame:
            message = _to_robot.decode(frame)
            if isinstance(message, m.FromPeer):
                self._came_by[bytes(message.body)] = link

    def sent(self, frame: bytes) -> None:
        """Judge what the agent sends: of the time before the last break, only events."""
        if b'"body":' not in frame:
            return
        message = _from_robot.decode(frame)
        if isinstance(message, m.ToPeer):
            body = bytes(message.body)
            is_old = self._said_ns.get(body, self._ended_ns) < self._ended_ns
            require(not is_old or body.startswith(EVENT), "the agent says what is from before the break")

    def robot_says(self, body: bytes) -> None:
        """Note that the motion process says `body` now."""
        self._said_ns[body] = self._loop.now_ns

    def robot_hears(self, body: bytes) -> None:
        """Judge what came over the bridge: no drive command from before a break comes after it."""
        if not body.startswith(DRIVE):
            return
        link = self._came_by.get(body)
        if link is None:
            raise Foul("a drive command that came over no connection")
        if self._is_over(link):
            raise Foul("a drive command came after the end of the connection that brought it")

    def heartbeat_heard(self, *, bridge_up: bool) -> None:
        """Judge whether the agent tells the truth about its bridge."""
        if bridge_up:
            require(self._up is not None, "the agent says that it has a bridge, and never had")
            require(self._up is None or not self._is_over(self._up), "the agent says that it has a bridge, and lost it")

    def _is_over(self, link: Link) -> bool:
        """Return whether it ended some time ago, and the motion process has run ever since."""
        ended_ns = link.ended_ns
        if ended_ns is None or self._motion_away.since_ns is not None or self._motion_away.over_ns >= ended_ns:
            return False
        return self._loop.now_ns - ended_ns > STALE_NS
