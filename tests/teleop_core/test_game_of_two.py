"""A robot and several people, each on two roads, over networks from mild to terrible, with the referee watching."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec
import pytest

from prove.referee import Referee
from simulator.network.way import Way, Weather
from teleop_core.announcer import Outgoing
from teleop_core.geometry import Pose2D, Twist
from teleop_core.operator import OperatorSession
from teleop_core.ports import DriverState
from teleop_core.profile import SafetyProfile
from teleop_core.session import RobotSession
from teleop_core.timebase import ms, seconds
from teleop_core.timing import Timing
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode
from teleop_core.wire.messages import Road, RobotState, StopCause, Verdict
from tests.teleop_core.game import ANNA, BO, GUEST, STAFF

MILD: Final = {
    Road.BRIDGE: Weather(delay_ns=ms(20), jitter_ns=ms(5), ordered=True),
    Road.DIRECT: Weather(delay_ns=ms(15), jitter_ns=ms(5)),
}
TERRIBLE: Final = {
    Road.BRIDGE: Weather(delay_ns=ms(60), jitter_ns=ms(80), copies=0.05, ordered=True),
    Road.DIRECT: Weather(delay_ns=ms(30), jitter_ns=ms(120), loss=0.2, copies=0.1),
}
FRAME_NS: Final = ms(40)


@dataclass
class Person:
    """Somebody at a tab, with two roads each way."""

    peer: m.Peer
    session: OperatorSession
    up: dict[Road, Way[bytes]]
    down: dict[Road, Way[bytes]]
    picture_way: Way[bytes]


@dataclass
class Room:
    """A robot at 50 Hz and its people; all of it comes from one seed."""

    seed: int
    weather: dict[Road, Weather]
    peers: tuple[m.Peer, ...] = (ANNA, BO, STAFF, GUEST)
    now_ns: int = seconds(100)
    bridge_up: bool = True
    agent_alive: bool = True
    way_m: float = 0.0
    told: Twist = field(default_factory=Twist)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.people = {peer.id: self._person(peer) for peer in self.peers}
        self.lives = 0
        self.robot = self._boot(memory_of=None)

    def _person(self, peer: m.Peer) -> Person:
        session = OperatorSession(token="t" * 16, client_id=f"tab-{peer.id}-0000000", name=peer.name)
        welcome = m.Welcome(version=1, robot="stage-1", you=peer, ice_servers=(), profile=None, server_unix_ms=0)
        session.receive(encode(welcome), now_ns=self.now_ns)

        def ways() -> dict[Road, Way[bytes]]:
            return {road: Way[bytes](self.rng, weather) for road, weather in self.weather.items()}

        direct = self.weather[Road.DIRECT]
        return Person(
            peer, session, ways(), ways(), Way[bytes](self.rng, replace(direct, delay_ns=direct.delay_ns + ms(30)))
        )

    def _boot(self, *, memory_of: RobotSession | None) -> RobotSession:
        self.lives += 1
        self.epoch = f"e{self.lives}"
        self.robot = RobotSession(
            epoch=self.epoch,
            memory=None if memory_of is None else memory_of.memory,
            profile=SafetyProfile(),
            timing=Timing(),
            now_ns=self.now_ns,
        )
        self.referee = Referee(
            session=self.robot, timing=Timing(), profile=SafetyProfile(), born_ns=self.now_ns, longest_tick_ns=ms(20)
        )
        self.robot.peers_changed(self.peers, now_ns=self.now_ns)
        return self.robot

    def restart(self) -> None:
        """Kill the motion process; a new one takes its place."""
        self.told = Twist()
        self._boot(memory_of=self.robot)

    # --- Time ---

    def run(self, for_ms: int) -> None:
        for _ in range(for_ms // 20):
            self.tick()

    def tick(self) -> None:
        self.now_ns += ms(20)
        for person in self.people.values():
            self._let_speak(person)
        if self.agent_alive:
            self.robot.agent_heard(bridge_up=self.bridge_up, now_ns=self.now_ns)
            self.referee.agent_heard(bridge_up=self.bridge_up, now_ns=self.now_ns)
        if self.now_ns % FRAME_NS == 0:
            self._show_picture()
        state = DriverState(stamp_ns=self.now_ns, pose=Pose2D(self.way_m), twist=self.told)
        self.robot.robot_reported(state, now_ns=self.now_ns)
        setpoint = self.robot.tick(now_ns=self.now_ns)
        self.referee.ticked(setpoint, now_ns=self.now_ns)
        self.told = setpoint.twist
        self.way_m += setpoint.twist.speed_mps * 0.02
        outgoing = self.robot.messages_to_send()
        self.referee.read(outgoing, now_ns=self.now_ns)
        self._spread(outgoing)

    def _let_speak(self, person: Person) -> None:
        person.session.tick(now_ns=self.now_ns)
        for body in person.session.messages_to_send():
            for way in person.up.values():
                way.send(body, now_ns=self.now_ns)
        for road, way in person.up.items():
            for body in way.arriving(now_ns=self.now_ns):
                self._hear(person.peer, body, road)
        for way in person.down.values():
            for body in way.arriving(now_ns=self.now_ns):
                person.session.receive(body, now_ns=self.now_ns)
        for body in person.picture_way.arriving(now_ns=self.now_ns):
            person.session.picture_shown(int(body))

    def _hear(self, peer: m.Peer, body: bytes, road: Road) -> None:
        self.referee.receive(body, peer=peer.id, role=peer.role, road=road, now_ns=self.now_ns)

    def _show_picture(self) -> None:
        rtp_time = self.now_ns // FRAME_NS * 3600 % 2**32
        self.robot.picture_captured(rtp_time, self.now_ns)
        self.referee.picture_captured(rtp_time, self.now_ns)
        for person in self.people.values():
            person.picture_way.send(str(rtp_time).encode(), now_ns=self.now_ns)

    def _spread(self, outgoing: list[Outgoing]) -> None:
        for each in outgoing:
            for person in self.people.values():
                if each.to in {None, person.peer.id}:
                    for way in person.down.values():
                        way.send(each.body, now_ns=self.now_ns)

    # --- People ---

    def of(self, peer: m.Peer) -> OperatorSession:
        return self.people[peer.id].session

    def ask(self, peer: m.Peer, request: m.RequestMessage) -> m.Ack:
        """Ask, and wait for the answer."""
        session = self.of(peer)
        request_id = session.request(request, now_ns=self.now_ns)
        for _ in range(500):
            answer = session.answer(request_id)
            if isinstance(answer, m.Ack):
                return answer
            self.tick()
        raise AssertionError(f"no answer to {request} in 10 s")

    def reset(self) -> None:
        """Clear the latch as staff do, with patience."""
        staff = self.of(STAFF)
        for _ in range(50):
            self.ask(STAFF, m.ResetPrepare(id=staff.new_id()))
            self.run(300)
            offered = None if staff.status is None else staff.status.reset
            if offered is not None:
                self.ask(STAFF, m.ResetConfirm(id=staff.new_id(), code=offered.code))
            if not self.robot.is_latched:
                return
        raise AssertionError("staff could not clear the latch")

    def start_driving(self, peer: m.Peer, vx_mps: float = 0.5) -> None:
        """Ask, keep the hand off for a second, then hold the dead-man."""
        session = self.of(peer)
        session.let_go()
        assert self.ask(peer, m.LeaseRequest(id=session.new_id())).verdict is not Verdict.REFUSED
        self.run(1500)
        session.drive(Twist(vx_mps), dead_man=True)
        self.run(1000)

    def cut(self, peer: m.Peer, *roads: Road) -> None:
        """Cut these roads of a person, both ways."""
        for road in roads:
            self.people[peer.id].up[road].is_cut = self.people[peer.id].down[road].is_cut = True


def driving(weather: dict[Road, Weather] | None = None, seed: int = 1) -> Room:
    room = Room(seed=seed, weather=weather or MILD)
    room.run(200)
    room.reset()
    room.start_driving(ANNA)
    return room


def test_a_presenter_drives_over_a_mild_network() -> None:
    room = driving()

    assert room.robot.state is RobotState.DRIVING
    assert room.told.vx_mps == 0.5


@pytest.mark.parametrize("road", [Road.BRIDGE, Road.DIRECT], ids=lambda road: road.value)
def test_one_road_is_enough(road: Road) -> None:
    room = driving()
    room.cut(ANNA, road)
    room.run(3000)

    assert room.told.vx_mps == 0.5


def test_a_link_cut_while_driving_stops_the_robot_by_itself() -> None:
    room = driving()
    began_m, began_ns = room.way_m, room.now_ns
    room.cut(ANNA, Road.BRIDGE, Road.DIRECT)
    while room.told.speed_mps > 0.0:
        room.tick()

    assert room.now_ns - began_ns <= ms(870)
    assert room.way_m - began_m <= 0.34
    room.run(3000)
    assert room.robot.holder is None


def test_only_the_downlink_dead_stops_the_robot() -> None:
    room = driving()
    for way in room.people[ANNA.id].down.values():
        way.is_cut = True
    began_ns = room.now_ns
    while room.told.speed_mps > 0.0:
        room.tick()

    assert room.now_ns - began_ns <= ms(400 + 250 + 600)
    room.run(2000)
    assert room.told.speed_mps == 0.0


def test_only_the_picture_dead_stops_the_robot() -> None:
    room = driving()
    room.people[ANNA.id].picture_way.is_cut = True
    began_ns = room.now_ns
    while room.told.speed_mps > 0.0:
        room.tick()

    assert room.now_ns - began_ns <= ms(700 + 600)
    room.run(2000)
    assert room.told.speed_mps == 0.0


@pytest.mark.parametrize(("dark_ms", "refused"), [(1500, "stale"), (5000, "wrong_fence")], ids=["1.5 s", "5 s"])
def test_a_backlog_released_at_once_moves_nothing(dark_ms: int, refused: str) -> None:
    room = driving()
    room.cut(ANNA, Road.DIRECT)
    room.people[ANNA.id].up[Road.BRIDGE].dark_until_ns = room.now_ns + ms(dark_ms)
    room.run(dark_ms - 100)
    assert room.told.speed_mps == 0.0
    stood_m = room.way_m
    room.run(3000)

    assert room.way_m == stood_m
    assert room.robot.refused[refused] > 40


@pytest.mark.parametrize("peer", [ANNA, BO, STAFF, GUEST], ids=lambda peer: peer.id)
def test_anyones_stop_arrives_through_a_terrible_network(peer: m.Peer) -> None:
    room = driving(TERRIBLE, seed=7)
    stop_id = room.of(peer).stop(now_ns=room.now_ns)
    room.run(1000)

    assert room.robot.state is RobotState.STOPPED
    assert isinstance(room.of(peer).answer(stop_id), m.StopAck)
    room.run(2000)
    assert room.robot.state is RobotState.STOPPED


def test_staff_take_over_and_drive_while_the_presenter_holds_on() -> None:
    room = driving()
    assert room.ask(STAFF, m.LeaseTake(id="t1")).verdict is Verdict.PENDING
    room.run(3000)
    assert room.robot.holder == STAFF.id
    assert room.told.speed_mps == 0.0

    room.of(STAFF).drive(Twist(0.3), dead_man=True)
    room.run(1000)
    assert room.told.vx_mps == 0.3
    assert not room.of(ANNA).holds_lease


def test_a_bridge_that_vanishes_changes_nothing_for_the_driver() -> None:
    room = driving()
    for person in room.people.values():
        room.cut(person.peer, Road.BRIDGE)
    room.bridge_up = False
    room.run(10_000)

    assert room.told.vx_mps == 0.5
    assert room.ask(BO, m.LeaseRequest(id="b1")).refusal is m.Refusal.NO_BRIDGE


def test_a_restart_of_the_motion_process_mid_drive_moves_nothing_until_all_is_done_anew() -> None:
    room = driving()
    room.restart()
    stood_m = room.way_m
    room.run(2000)
    assert room.robot.state is RobotState.STOPPED
    room.reset()
    room.run(2000)
    assert room.way_m == stood_m

    room.start_driving(ANNA)
    assert room.told.vx_mps == 0.5


def test_a_hand_that_holds_on_through_stop_and_reset_moves_nothing() -> None:
    room = driving()
    room.of(GUEST).stop(now_ns=room.now_ns)
    room.run(1000)
    stood_m = room.way_m
    room.of(ANNA).drive(Twist(0.6), dead_man=True)
    room.reset()
    room.ask(ANNA, m.LeaseRequest(id="again"))
    room.run(3000)

    assert room.robot.holder == ANNA.id
    assert room.way_m == stood_m


def test_a_frozen_agent_ends_in_a_latch() -> None:
    room = driving()
    room.agent_alive = False
    room.run(1500)

    assert room.robot.state is RobotState.STOPPED
    assert room.of(STAFF).status is not None
    status = room.of(STAFF).status
    assert status is not None
    assert status.latch is not None
    assert status.latch.cause is StopCause.AGENT_SILENT


@pytest.mark.parametrize("seed", range(24))
def test_over_any_network_with_everybody_acting_no_invariant_breaks(seed: int) -> None:
    rng = random.Random(seed)
    weather = {
        Road.BRIDGE: Weather(
            delay_ns=ms(rng.randrange(5, 120)), jitter_ns=ms(rng.randrange(150)), copies=0.05, ordered=True
        ),
        Road.DIRECT: Weather(
            delay_ns=ms(rng.randrange(5, 120)),
            jitter_ns=ms(rng.randrange(200)),
            loss=rng.choice((0.0, 0.02, 0.3)),
            copies=0.1,
        ),
    }
    room = Room(seed=seed, weather=weather)
    acts: Counter[str] = Counter()
    for _ in range(600):
        room.tick()
        if rng.random() < 0.15:
            acts[_act(room, rng)] += 1
    for person in room.people.values():
        person.session.let_go()

    room.run(2500)
    assert room.told.speed_mps == 0.0, f"seed {seed}: {acts}"


def _act(room: Room, rng: random.Random) -> str:
    """Let somebody do something; return what."""
    peer = rng.choice(room.peers)
    session = room.of(peer)
    act = rng.choice(("hold", "hold", "let_go", "dark", "reset", "stop", "ask", "ask", "ask", "ask"))
    match act:
        case "hold":
            session.drive(Twist(rng.uniform(-1, 1), 0.0, rng.uniform(-1, 1)), dead_man=True)
        case "let_go":
            session.let_go()
        case "dark":
            person = room.people[peer.id]
            way = rng.choice([*person.up.values(), *person.down.values(), person.picture_way])
            way.dark_until_ns = room.now_ns + ms(rng.randrange(1500))
        case "reset":
            _step_of_a_reset(room)
        case "stop":
            if rng.random() < 0.1:
                session.stop(now_ns=room.now_ns)
        case _:
            session.request(_some_request(session.new_id(), room, rng), now_ns=room.now_ns)
    return act


def _step_of_a_reset(room: Room) -> None:
    staff = room.of(STAFF)
    offered = None if staff.status is None else staff.status.reset
    first, second = m.ResetPrepare(id=staff.new_id()), m.ResetConfirm(id=staff.new_id(), code="")
    step = first if offered is None else msgspec.structs.replace(second, code=offered.code)
    staff.request(step, now_ns=room.now_ns)


def _some_request(some_id: str, room: Room, rng: random.Random) -> m.RequestMessage:
    requests: list[m.RequestMessage] = [m.LeaseRequest(id=some_id)] * 5
    requests += [m.LeaseOffer(id=some_id, to=rng.choice(room.peers).id), m.LeaseAccept(id=some_id)]
    requests += [m.LeaseTake(id=some_id), m.LeaseReturn(id=some_id, fence=room.robot.fence)]
    return rng.choice(requests)
