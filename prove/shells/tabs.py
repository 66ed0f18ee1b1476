"""People at their tabs: real `OperatorSession`s, habits, two roads to the robot, and everything that people do."""

import asyncio
import random
from dataclasses import dataclass
from typing import Final

from prove.clock import Process, VirtualLoop
from prove.people import Person
from prove.shells.agent_side import AgentSide
from prove.shells.bridge_side import BridgeSide, token_of
from prove.shells.judge import Judge
from prove.shells.lines import Line
from simulator.network.way import Way, Weather
from teleop_core.geometry import Twist
from teleop_core.operator import OperatorSession
from teleop_core.outbox import Outbox
from teleop_core.timebase import ms
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import Role

BUSY_S: Final = 0.02  # how often a tab turns while somebody drives or stops, and while nobody does
IDLE_S: Final = 0.06
OFFER_EVERY_NS: Final = ms(500)
BLIND_NS: Final = ms(600)  # a page that has seen no picture for so long makes a new session
GIVES_BACK: Final = 0.03  # how likely, each turn, is somebody who took the lease and does not drive
REPEATED: Final = (b'{"type":"drive"', b'{"type":"lease_renew"', b'{"type":"stop"')


@dataclass(frozen=True, slots=True)
class Part:
    """Who somebody is, and what they are like."""

    invite: str
    role: Role
    drives: bool = False
    clears: bool = False  # resets the robot whenever it is latched


ANNA: Final = Part("anna", Role.PRESENTER, drives=True)
BO: Final = Part("bo", Role.PRESENTER, drives=True)
STAFF: Final = Part("staff", Role.STAFF, clears=True)
GUEST: Final = Part("guest", Role.OBSERVER)
EVERYBODY: Final = (ANNA, BO, STAFF, GUEST)


def _person(part: Part, rng: random.Random, *, delay_ms: float) -> Person:
    client_id = f"tab-{part.invite:-<8}"
    peer = m.Peer(id=f"{part.invite}.{client_id}", role=part.role, name=part.invite)
    session = OperatorSession(token=token_of(part.invite), client_id=client_id, name=part.invite)
    weather = Weather(delay_ns=ms(delay_ms), jitter_ns=ms(delay_ms / 2), loss=0.02)
    up_bridge, up_direct, down_bridge, down_direct, sight = (Way[bytes](rng, weather) for _ in range(5))
    outbox = Outbox(wake=lambda: None)
    return Person(peer, session, up_bridge, up_direct, down_bridge, down_direct, sight, outbox)


class Tab:
    """Somebody's tab: it stays connected as far as it can, and turns as long as it is not frozen."""

    def __init__(
        self,
        part: Part,
        *,
        loop: VirtualLoop,
        rng: random.Random,
        judge: Judge,
        bridge: BridgeSide,
        agent: AgentSide,
    ) -> None:
        self.part = part
        self.delay_s = 0.005 + 0.06 * rng.random()
        self.person = _person(part, rng, delay_ms=1000 * self.delay_s)
        self.person.speed_mps = 0.2 + 0.4 * rng.random()
        self.person.turn_radps = rng.choice((0.0, 0.0, 0.4))
        self.person.has_direct = rng.random() < 0.5
        self.process = Process(loop, part.invite)
        self.line: Line | None = None
        self.is_sent_off = False
        self.will = 0.005  # how likely somebody here does something out of the ordinary, each turn
        self._loop = loop
        self._rng = rng
        self._judge = judge
        self._bridge = bridge
        self._agent = agent
        self._stop: str | None = None  # the id of the last one that was said here
        self._offer: str | None = None
        self._has_session = False
        self._offered_ns = -(10**18)
        self._seen_ns = loop.now_ns
        agent.people[self.person.peer.id] = self.person

    def open(self) -> None:
        """Open the tab."""
        self.process.start(self._stay_connected())
        self.process.start(self._turn_for_ever())

    def close(self) -> None:
        """Close the tab, for good."""
        if self.line is not None:
            self.line.client.abort()
        self.process.kill()

    # --- What the judge asks ---

    def is_through(self) -> bool:
        """Whether what is said here now reaches the motion process, by one road or the other."""
        return self._is_through_bridge() or self._is_through_channel()

    def is_reached(self) -> bool:
        """Whether what the agent says now is heard here, by the bridge."""
        return self._is_seated() and self._bridge.runs and self._agent.has_line

    def shows_latch(self) -> bool:
        """Whether it shows a STOP."""
        status = self.person.session.status
        return not self.process.runs or (status is not None and status.latch is not None)

    def _is_seated(self) -> bool:
        line = self.line
        return self.process.runs and line is not None and line.is_through and self.person.session.me is not None

    def _is_through_bridge(self) -> bool:
        return self._is_seated() and self._bridge.runs and self._agent.is_linked

    def _is_through_channel(self) -> bool:
        person = self.person
        has_channel = person.has_direct and self._has_session and self._agent.has_channel(person.peer.id)
        return self.process.runs and has_channel

    # --- The road to the bridge ---

    async def _stay_connected(self) -> None:
        while not self.is_sent_off:
            if self._bridge.is_listening:
                await asyncio.sleep(2 * self.delay_s)
                line = Line(self._loop, self._rng, delay_s=self.delay_s)
                self.line = line
                self._bridge.accept(line, address=f"10.0.1.{EVERYBODY.index(self.part)}")
                line.client.say(self.person.session.hello())
                closed = asyncio.Event()
                line.client.when_closed = closed.set
                await closed.wait()
                self.line = None
                code = line.client.close_code
                self.is_sent_off = code is not None and m.is_final(m.CloseCode(code))
            await asyncio.sleep(0.1 + 0.2 * self._rng.random())

    # --- The page ---

    async def _turn_for_ever(self) -> None:
        while True:
            self._turn()
            session = self.person.session
            is_stopping = self._stop is not None and session.answer(self._stop) is None
            await asyncio.sleep(BUSY_S if session.holds_lease or is_stopping else IDLE_S)

    def _turn(self) -> None:
        now_ns, person = self._loop.now_ns, self.person
        self._hear(now_ns)
        self._watch(now_ns)
        if self.part.drives:
            person.follow_habit(now_ns=now_ns)
        if self.part.clears:
            person.keep_it_clear(now_ns=now_ns)
        if self._rng.random() < self.will:
            self._act(now_ns)
        elif person.session.holds_lease and not self.part.drives and self._rng.random() < GIVES_BACK:
            fence = 0 if person.session.telemetry is None else person.session.telemetry.fence
            person.session.request(m.LeaseReturn(id=person.session.new_id(), fence=fence), now_ns=now_ns)
        person.session.tick(now_ns=now_ns)
        for body in person.session.messages_to_send():
            self._say(body, now_ns)

    def _hear(self, now_ns: int) -> None:
        session = self.person.session
        for body in self.person.down_direct.arriving(now_ns=now_ns):
            session.receive(body, now_ns=now_ns)
        while self.line is not None and (frame := self.line.client.take()) is not None:
            message = session.receive(frame, now_ns=now_ns)
            if isinstance(message, m.RtcAnswer) and message.id == self._offer:
                self._has_session = True
                self._seen_ns = now_ns

    def _watch(self, now_ns: int) -> None:
        """Look at the picture, and ask for one where there is none."""
        for picture in self.person.sight.arriving(now_ns=now_ns):
            self._seen_ns = now_ns
            self.person.session.picture_shown(int(picture))
        is_blind = not self._has_session or now_ns - self._seen_ns >= BLIND_NS
        if is_blind and now_ns - self._offered_ns >= OFFER_EVERY_NS and self.person.session.me is not None:
            self._offered_ns, self._has_session = now_ns, False
            self._offer = self.person.session.new_id()
            self._say_by_bridge(encode(m.RtcOffer(id=self._offer, sdp="played")))

    def _act(self, now_ns: int) -> None:
        """Do what people do now and then, whether or not they may."""
        rng, session = self._rng, self.person.session
        some_id = session.new_id()
        match int(rng.random() * 11):
            case 0 | 1 | 2 | 3:
                self._stop = session.stop(now_ns=now_ns)
            case 4:
                self.person.let_go()
            case 5:
                session.request(m.LeaseTake(id=some_id), now_ns=now_ns)
            case 6:
                everybody = sorted(self._agent.people)
                session.request(m.LeaseOffer(id=some_id, to=rng.choice(everybody)), now_ns=now_ns)
            case 7:
                session.request(m.LeaseAccept(id=some_id), now_ns=now_ns)
            case 8:
                self._say_by_bridge(rng.randbytes(30))
            case 9:
                session.request(m.CapSpeed(id=some_id, max_speed_mps=rng.choice((None, 0.2, 0.5))), now_ns=now_ns)
            case _:
                self.person.hold(Twist(rng.uniform(-1, 1), 0.0, rng.uniform(-1, 1)))

    def _say(self, body: bytes, now_ns: int) -> None:
        self._judge.person_says(body, self.is_through)
        self._say_by_bridge(body)
        if self.person.has_direct and self._has_session:
            self.person.up_direct.send(body, now_ns=now_ns)

    def _say_by_bridge(self, body: bytes) -> None:
        """Say it, unless it is said again soon and the road is full."""
        if self.line is not None and not (self.line.up.is_full and body.startswith(REPEATED)):
            self.line.client.say(body)
