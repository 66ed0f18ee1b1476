"""Judges gestures for the referee: who began one, how the robot stood then, and what it outlives."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from prove.foul import Foul, require
from teleop_core.gestures import Wanted
from teleop_core.ports import Gesture
from teleop_core.profile import SafetyProfile
from teleop_core.timebase import ms
from teleop_core.timing import Timing
from teleop_core.wire import messages as m

BEGIN: Final = b'{"type":"gesture_begin"'
CUE: Final = b"cue:"  # before the name, where the show asks for a gesture

_begins: Final = msgspec.json.Decoder(m.GestureBegin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How the robot is at this instant, as the referee knows it."""

    now_ns: int
    epoch: str
    fence: int
    holder: str | None
    latched: bool
    moving: bool
    hand_on: bool
    allowed: bool
    unwatched: bool
    changing: bool  # whether a hand-over is under way
    performing: bool  # whether the body still performs, as it said last
    area_clear: bool  # as staff declared it


@dataclass(slots=True)
class GestureJudge:
    """One robot's gestures between two restarts."""

    profile: SafetyProfile
    timing: Timing
    longest_tick_ns: int
    run: int = 0
    by: str | None = None
    ends_ns: int = 0
    is_on: bool = False
    firsts_ns: dict[tuple[str, str], int] = field(default_factory=dict)  # when who asked for which large one

    def first_step(self, body: bytes, *, peer: str, wanted: Wanted, now_ns: int) -> None:
        """Note a request that was accepted and began nothing: the first step of a large gesture."""
        if wanted.name is None:
            self.firsts_ns[peer, _begins.decode(body).name] = now_ns

    def look(self, wanted: Wanted, stand: Stand, *, heard: tuple[bytes, str] | None) -> None:
        """Judge what the robot performs, after anything at all; `heard` is what was said just now, and by whom."""
        if wanted.name is None:
            self.is_on = False
            return
        require(not stand.latched, "a gesture goes on while the STOP is latched")
        if not self.is_on or wanted.run != self.run:
            self._begins(wanted.name, stand, heard=heard)
            self.run, self.is_on = wanted.run, True
        require(stand.allowed, "a gesture goes on that staff do not allow")
        require(stand.holder in {None, self.by}, "a gesture goes on under somebody else's lease")
        require(not stand.changing, "a gesture goes on during a hand-over")
        require(stand.now_ns <= self.ends_ns, "a gesture takes far longer than the robot had said")

    def _begins(self, name: str, stand: Stand, *, heard: tuple[bytes, str] | None) -> None:
        if heard is None or not heard[0].startswith((BEGIN, CUE)):
            raise Foul("a gesture began by itself")
        asked = _begins.decode(heard[0]) if heard[0].startswith(BEGIN) else None
        asked_for = heard[0].removeprefix(CUE).decode() if asked is None else asked.name
        gesture = next((each for each in self.profile.gestures if each.name == name), None)
        if gesture is None or asked_for != name:
            raise Foul("a gesture began that nobody asked for, or that the robot does not know")
        require(not self.is_on, "a gesture began while another went on")
        require(not stand.performing, "a gesture began before the last had come to rest")
        require(not stand.moving, "a gesture began while the robot moved")
        require(not stand.hand_on, "a gesture began under a hand")
        require(not stand.unwatched, "a gesture began with no staff watching")
        if asked is None:
            require(not stand.changing, "a show's gesture began during a hand-over")
            require(stand.area_clear or not gesture.is_large, "a show's large gesture began in an area not clear")
        else:
            self._begins_for(heard[1], asked, gesture, stand)
        self.by = heard[1] if asked is not None else stand.holder
        longest_ns = ms(gesture.lasts_ms) * 5 // 4 + self.timing.gesture_grace_ns
        self.ends_ns = stand.now_ns + longest_ns + self.longest_tick_ns

    def _begins_for(self, peer: str, asked: m.GestureBegin, gesture: Gesture, stand: Stand) -> None:
        require(peer == stand.holder, "a gesture began for somebody without the lease")
        require((asked.epoch, asked.fence) == (stand.epoch, stand.fence), "a gesture began on a token from elsewhere")
        if gesture.is_large:
            first_ns = self.firsts_ns.pop((peer, gesture.name), None)
            require(asked.code is not None and first_ns is not None, "a large gesture began in one step")
            since_ns = stand.now_ns - (first_ns or 0)
            require(since_ns < self.timing.gesture_code_ns, "a large gesture began with a code of long ago")
