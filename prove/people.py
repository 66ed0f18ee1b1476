"""The people around the robot: each a tab with an `OperatorSession`, two roads each way, a screen and a habit."""

import random
from dataclasses import dataclass, field
from typing import Final

from simulator.network.way import Way, Weather
from teleop_core.geometry import Twist
from teleop_core.operator import OperatorSession
from teleop_core.outbox import Outbox
from teleop_core.seat import Seat
from teleop_core.timebase import ms
from teleop_core.wire import messages as m
from teleop_core.wire.messages import Limit, Role

ANNA: Final = m.Peer(id="anna", role=Role.PRESENTER, name="Anna")
BO: Final = m.Peer(id="bo", role=Role.PRESENTER, name="Bo")
STAFF: Final = m.Peer(id="staff", role=Role.STAFF, name="Staff")
GUEST: Final = m.Peer(id="guest", role=Role.OBSERVER, name="Guest")
EVERYBODY: Final = (ANNA, BO, STAFF, GUEST)

AT_ONCE: Final = Weather(delay_ns=0)
HANDS_OFF_NS: Final = ms(420)
PATIENCE_NS: Final = ms(400)
_ASKS_FOR_NEUTRAL: Final = frozenset({Limit.NOT_NEUTRAL, Limit.SILENCE, Limit.ECHO_AGE, Limit.PICTURE_AGE})


@dataclass(slots=True)
class Person:
    """Somebody at a tab. `is_frozen`: the tab neither speaks nor hears; what comes waits for it."""

    peer: m.Peer
    session: OperatorSession
    up_bridge: Way[bytes]
    up_direct: Way[bytes]
    down_bridge: Way[bytes]
    down_direct: Way[bytes]
    sight: Way[bytes]
    outbox: Outbox
    seat: Seat | None = None
    is_frozen: bool = False
    is_here: bool = True
    has_direct: bool = True  # whether the peer-to-peer road was ever made
    wants_to_drive: bool = False
    speed_mps: float = 0.5
    turn_radps: float = 0.0
    hold_from_ns: int = 0
    is_holding: bool = False
    asked_ns: int = field(default=-(10**18))
    asked_rules_ns: int = field(default=-(10**18))

    @property
    def ways(self) -> tuple[Way[bytes], Way[bytes], Way[bytes], Way[bytes], Way[bytes]]:
        """All roads of this person, up and down, and the picture's."""
        return (self.up_bridge, self.up_direct, self.down_bridge, self.down_direct, self.sight)

    def hold(self, twist: Twist, *, toward: m.Goal | None = None) -> None:
        """Hold the dead-man and push the stick, or have the robot steer itself."""
        self.is_holding = True
        self.session.drive(twist, dead_man=True, toward=toward)

    def let_go(self) -> None:
        """Take the hand off."""
        self.is_holding = False
        self.session.let_go()

    def follow_habit(self, *, now_ns: int) -> None:
        """Do what somebody who wants to drive does: ask, let go when the robot asks for it, hold the dead-man."""
        known = self.session.telemetry
        if known is None:
            return
        if known.driver == self.peer.id:
            self._mind_hand(known, now_ns=now_ns)
        elif known.driver is None and not known.latched and now_ns - self.asked_ns >= PATIENCE_NS:
            self.asked_ns = now_ns
            self.session.request(m.LeaseRequest(id=self.session.new_id()), now_ns=now_ns)

    def _mind_hand(self, known: m.Telemetry, *, now_ns: int) -> None:
        if self.is_holding:
            if known.limit in _ASKS_FOR_NEUTRAL:
                self.let_go()
                self.hold_from_ns = now_ns + HANDS_OFF_NS
        elif now_ns >= self.hold_from_ns and known.limit is not Limit.NOT_NEUTRAL:
            self.hold(Twist(self.speed_mps, 0.0, self.turn_radps))
            self.hold_from_ns = now_ns + HANDS_OFF_NS

    def begin_gesture(self, name: str, *, now_ns: int) -> None:
        """Ask for a gesture; for a large one that is on offer by now, take its second step."""
        known, status, session = self.session.telemetry, self.session.status, self.session
        if known is None:
            return
        offer = None if status is None else status.gesture_offer
        code = offer.code if offer is not None and offer.name == name else None
        wish = m.GestureBegin(id=session.new_id(), epoch=known.epoch, fence=known.fence, name=name, code=code)
        session.request(wish, now_ns=now_ns)

    def keep_it_clear(self, *, now_ns: int) -> None:
        """Do what staff do about a latched STOP: clear it, in two steps."""
        status = self.session.status
        if status is None or status.latch is None or now_ns - self.asked_ns < PATIENCE_NS:
            return
        session = self.session
        if status.reset is None:
            self.asked_ns = now_ns
            session.request(m.ResetPrepare(id=session.new_id()), now_ns=now_ns)
        elif status.reset.by == self.peer.id:
            self.asked_ns = now_ns - PATIENCE_NS // 2
            session.request(m.ResetConfirm(id=session.new_id(), code=status.reset.code), now_ns=now_ns)

    def lift_all_rules(self, *, now_ns: int) -> None:
        """Take back what staff have laid down for everybody."""
        status, session = self.session.status, self.session
        if status is None or now_ns - self.asked_rules_ns < PATIENCE_NS:
            return
        if status.speed_cap_mps is not None:
            self.asked_rules_ns = now_ns
            session.request(m.CapSpeed(id=session.new_id(), max_speed_mps=None), now_ns=now_ns)
        if not status.gestures_allowed:
            self.asked_rules_ns = now_ns
            session.request(m.AllowGestures(id=session.new_id(), allowed=True), now_ns=now_ns)
        for peer in status.muted:
            self.asked_rules_ns = now_ns
            session.request(m.Mute(id=session.new_id(), peer=peer, muted=False), now_ns=now_ns)


def person(peer: m.Peer, rng: random.Random) -> Person:
    """Return somebody with perfect roads, not yet in the room."""
    session = OperatorSession(token="t" * 16, client_id=f"tab-{peer.id}-00", name=peer.name)
    up_bridge, up_direct, down_bridge, down_direct, sight = (Way[bytes](rng, AT_ONCE) for _ in range(5))
    outbox = Outbox(wake=_nobody_waits)
    return Person(peer, session, up_bridge, up_direct, down_bridge, down_direct, sight, outbox)


def _nobody_waits() -> None:
    """Do nothing: whoever reads looks by itself."""
