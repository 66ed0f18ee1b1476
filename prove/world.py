"""A robot, its agent, the bridge and the people, all in memory, on virtual time, from one seed; the referee watches.

What is real: `RobotSession`, `BridgeRoom`, `Outbox`, `OperatorSession` and every byte between them. What is played: the
agent (alive, frozen or dead), the driver, the camera, the roads. The switches are attributes, for faults to turn.
"""

import enum
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from prove.foul import require
from prove.people import AT_ONCE, EVERYBODY, Person, person
from prove.performing import REPERTOIRE, Body
from prove.referee import Referee
from simulator.network.way import Weather
from teleop_core.announcer import Outgoing
from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.outbox import Outbox
from teleop_core.ports import DriverState
from teleop_core.presence import RobotSeat
from teleop_core.profile import SafetyProfile
from teleop_core.room import BridgeRoom, no_ice_servers
from teleop_core.session import SHOW, Memory, RobotSession
from teleop_core.timebase import NS_PER_MS, ms
from teleop_core.timing import Timing
from teleop_core.wire import codec
from teleop_core.wire import messages as m
from teleop_core.wire.messages import Road

PROFILE: Final = m.RobotProfile(model="played", max_speed_mps=0.6, max_turn_radps=0.8, holonomic=False)
LONGEST_TICK_NS: Final = ms(300)
ROLLS_NS: Final = ms(1000)
DRIVE: Final = b'{"type":"drive"'
STOP: Final = b'{"type":"stop"'


class Agent(enum.Enum):
    """What the agent does: `FROZEN` lets everything wait, `DEAD` loses it."""

    ALIVE = "alive"
    FROZEN = "frozen"
    DEAD = "dead"


class Odometry(enum.Enum):
    """What the base says of its own velocity."""

    TRUE = "true"
    ABSENT = "absent"
    NOISY = "noisy"
    NOT_A_NUMBER = "not_a_number"
    ROLLING = "rolling"  # it rolls, whatever it was told


class NobodyWrites:
    """A witness that writes nothing down."""

    def saw_event(self, robot: str, event: m.Event) -> None:
        """Look away."""

    def saw_stop(self, robot: str, peer: m.Peer, stop: m.Stop, *, robot_online: bool) -> None:
        """Look away."""


AS_DESIGNED: Final = Timing()
USUAL: Final = SafetyProfile(ladder=tuple(m.StopLevel), gestures=REPERTOIRE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a world is built from: the rules' own numbers, and who is there."""

    timing: Timing = AS_DESIGNED
    profile: SafetyProfile = USUAL
    peers: tuple[m.Peer, ...] = EVERYBODY


class World:
    """Everything around one robot. `tell` gets a line for each thing that happens, when a life is replayed."""

    def __init__(self, rng: random.Random, stage: Stage, *, tell: Callable[[str], None] | None = None) -> None:
        self.rng = rng
        self.timing = stage.timing
        self.profile = stage.profile
        self.limits = stage.profile.limits
        self.tell = tell
        self.now_ns = ms(1_000_000) + int(rng.random() * ms(1_000_000))
        self.people = {peer.id: person(peer, rng) for peer in stage.peers}
        self.agent = Agent.ALIVE
        self.camera_alive = True
        self.robot_speaks = True
        self.odometry = Odometry.TRUE
        self.faults: tuple[str, ...] = ()
        self.stop_pressed = False
        self.knows_where = True  # whether the robot says where it is
        self.place = Pose2D()
        self.tilt_rad = 0.0
        self.rolls_since_ns: int | None = None
        self.bridge_narrow = 1000  # frames that the agent reads from the bridge each time
        self.told = STILL
        self.body = Body()
        self.dismissed: frozenset[str] = frozenset()  # whom the bridge sent off for good, as the agent has heard
        self.spoke_ns = self.now_ns
        self.sent_ns: dict[bytes, int] = {}
        self.past: list[tuple[m.Peer, bytes]] = []
        self.moves = self.boots = 0
        self.room: BridgeRoom | None = None
        self.robot_seat: RobotSeat | None = None
        self.robot_outbox = Outbox(wake=_nobody_waits)
        self.boot(memory=None)
        self.open_bridge()

    def throw_with(self, rng: random.Random) -> None:
        """Throw other dice from now on."""
        self.rng = rng
        for each in self.people.values():
            for way in each.ways:
                way.rng = rng

    # --- Coming and going ---

    def boot(self, *, memory: Memory | None) -> None:
        """Start a motion process."""
        self.boots += 1
        self.told = STILL
        self.body.performance = None  # its driver starts it stopped
        self.session = RobotSession(
            epoch=f"e{self.boots}",
            memory=memory,
            profile=self.profile,
            timing=self.timing,
            now_ns=self.now_ns,
        )
        self.referee = Referee(
            session=self.session,
            timing=self.timing,
            profile=self.profile,
            born_ns=self.now_ns,
            longest_tick_ns=LONGEST_TICK_NS,
        )
        if memory is not None:
            require(self.session.fence > memory.fence, "a restart without a new fence")
            kept_mps = self.session.memory.speed_cap_mps
            require(kept_mps == memory.speed_cap_mps, "the cap of staff was lost on a restart")
            kept = self.session.memory.gestures_allowed
            require(kept == memory.gestures_allowed, "what staff say of gestures was lost on a restart")
            require(self.session.memory.level is memory.level, "what was cut on site was lost on a restart")
        self._roster(tuple(each.peer for each in self.people.values() if each.is_here))

    def restart(self, *, remembers: bool) -> None:
        """Kill the motion process, and start another."""
        self.moves += self.referee.moves
        self.say(f"the motion process restarts, {'with' if remembers else 'without'} its memory")
        self.boot(memory=self.session.memory if remembers else None)

    def open_bridge(self) -> None:
        """Start a bridge; the robot and all who are here come in."""
        self.room = BridgeRoom(
            "stage-1", ice_servers=no_ice_servers, witness=NobodyWrites(), now_unix_ms=self.now_ns // NS_PER_MS
        )
        for each in self.people.values():
            if each.is_here:
                self.seat(each)
        self.seat_robot()

    def close_bridge(self) -> None:
        """Lose the bridge, and all that is in it."""
        self.room = self.robot_seat = None
        self.robot_outbox = Outbox(wake=_nobody_waits)
        for each in self.people.values():
            each.seat = None
            each.up_bridge.lose_all()
            each.down_bridge.lose_all()

    def seat(self, each: Person) -> None:
        """Let somebody come in, or in anew."""
        each.is_here = True
        if self.room is not None:
            each.up_bridge.lose_all()
            each.outbox = Outbox(wake=_nobody_waits)
            each.seat = self.room.join(each.peer, each.outbox, now_unix_ms=self.now_ns // NS_PER_MS)

    def leave(self, each: Person) -> None:
        """Let somebody go: the tab is closed."""
        each.is_here = False
        for way in each.ways:
            way.lose_all()
        if self.room is not None and each.seat is not None:
            self.room.leave(each.seat, now_unix_ms=self.now_ns // NS_PER_MS)
        each.seat = None

    def seat_robot(self) -> None:
        """Let the agent come in to the bridge."""
        if self.room is not None:
            self.robot_outbox = Outbox(wake=_nobody_waits)
            self.robot_seat = self.room.robot_joins(PROFILE, self.robot_outbox, now_unix_ms=self.now_ns // NS_PER_MS)

    def kill_agent(self) -> None:
        """Lose the agent, and all that waits in it."""
        self.agent = Agent.DEAD
        if self.room is not None and self.robot_seat is not None:
            self.room.robot_leaves(self.robot_seat, now_unix_ms=self.now_ns // NS_PER_MS)
        self.robot_seat = None
        self.robot_outbox = Outbox(wake=_nobody_waits)

    def revive_agent(self) -> None:
        """Have the agent alive again, whatever it was."""
        if self.agent is Agent.DEAD:
            self.seat_robot()
        self.agent = Agent.ALIVE

    @property
    def bridge_up(self) -> bool:
        """Whether the agent has a bridge."""
        return self.robot_seat is not None

    def set_weather(self, weather: Weather) -> None:
        """Let it be the same on all roads; the bridge's keep the order, as TCP does."""
        tcp = Weather(delay_ns=weather.delay_ns, jitter_ns=weather.jitter_ns, copies=weather.copies, ordered=True)
        for each in self.people.values():
            each.up_bridge.weather = each.down_bridge.weather = tcp
            each.up_direct.weather = each.down_direct.weather = each.sight.weather = weather

    # --- Time ---

    def tick(self, step_ns: int) -> None:
        """Let `step_ns` pass, and the motion loop turn once."""
        self.now_ns += step_ns
        self._roll(min(step_ns, ms(self.timing.driver_ttl_ms)))
        self.turn()
        now_ns, session, referee = self.now_ns, self.session, self.referee
        if self.camera_alive:
            self._capture()
        self._report()
        setpoint = session.tick(now_ns=now_ns)
        referee.ticked(setpoint, now_ns=now_ns)
        self.told = setpoint.twist
        outgoing = session.messages_to_send()
        messages = referee.read(outgoing, now_ns=now_ns)
        if self.tell is not None:
            self._tell_tick(messages)
        self._spread(outgoing)
        self._deliver()

    def _roll(self, for_ns: int) -> None:
        """Move the robot as it is told, until the driver's own time limit stops it."""
        told, place, for_s = self.told, self.place, for_ns / 1e9
        if told == STILL:
            return
        cos, sin = math.cos(place.heading_rad), math.sin(place.heading_rad)
        x_m = place.x_m + (cos * told.vx_mps - sin * told.vy_mps) * for_s
        y_m = place.y_m + (sin * told.vx_mps + cos * told.vy_mps) * for_s
        self.place = Pose2D(x_m, y_m, place.heading_rad + told.wz_radps * for_s)

    def push(self, dx_m: float, dy_m: float) -> None:
        """Push the robot, or let it slip."""
        self.place = Pose2D(self.place.x_m + dx_m, self.place.y_m + dy_m, self.place.heading_rad)

    def cut_on_site(self, *, on: bool) -> None:
        """Have somebody beside the robot ask for more than SETTLE, or take it back."""
        if on:
            level = m.StopLevel.CUT
            self.session.stop(m.StopCause.LOCAL, detail="cut on site", level=level, now_ns=self.now_ns)
        else:
            self.session.release()
        self.referee.look(now_ns=self.now_ns)
        if on or self.session.is_latched:
            self.referee.cut_on_site(on=on)

    def turn(self) -> None:
        """Let everybody but the motion loop turn: what was said sets out, what has arrived is heard."""
        self._let_speak()
        self._carry()
        self._agent_turns()

    def _let_speak(self) -> None:
        now_ns = self.now_ns
        for each in self.people.values():
            if each.is_frozen or not each.is_here:
                continue
            each.session.tick(now_ns=now_ns)
            for body in each.session.messages_to_send():
                if body not in self.sent_ns:
                    self.sent_ns[body] = now_ns
                    self.past.append((each.peer, body))
                if self.tell is not None:
                    self.say(f"{each.peer.id} says {body.decode()}")
                if each.seat is not None:
                    each.up_bridge.send(body, now_ns=now_ns)
                if each.has_direct:
                    each.up_direct.send(body, now_ns=now_ns)

    def _carry(self) -> None:
        room = self.room
        if room is None:
            return
        for each in self.people.values():
            for body in each.up_bridge.arriving(now_ns=self.now_ns):
                if each.seat is not None:
                    room.receive_from_person(each.seat, body)

    def _agent_turns(self) -> None:
        if self.agent is Agent.FROZEN:
            return
        if self.agent is Agent.DEAD:
            for each in self.people.values():
                each.up_direct.arriving(now_ns=self.now_ns)
            return
        up = self.bridge_up
        self.session.agent_heard(bridge_up=up, now_ns=self.now_ns)
        self.referee.agent_heard(bridge_up=up, now_ns=self.now_ns)
        self.referee.look(now_ns=self.now_ns)
        self._read_bridge()
        for each in self.people.values():
            for body in each.up_direct.arriving(now_ns=self.now_ns):
                if each.peer.id not in self.dismissed:
                    self.hear(each.peer, body, Road.DIRECT)

    def _read_bridge(self) -> None:
        """Read what the bridge has for the robot, and judge its order: STOP first, one motion command a person."""
        outbox, others, moved = self.robot_outbox, False, set()
        for _ in range(self.bridge_narrow):
            frame = outbox.take()
            if frame is None:
                return
            message = codec.decode_to_robot(frame)
            if isinstance(message, m.FromPeer):
                body = bytes(message.body)
                if body.startswith(STOP):
                    require(not others, "a STOP waited behind something else")
                else:
                    others = True
                if body.startswith(DRIVE):
                    require(message.peer not in moved, "a queue held two motion commands of one person")
                    moved.add(message.peer)
                self.hear(self.people[message.peer].peer, body, Road.BRIDGE)
            elif isinstance(message, m.Roster):
                others = True
                self._roster(message.peers, dismissed=frozenset(message.dismissed))

    def hear(self, peer: m.Peer, body: bytes, road: Road) -> None:
        """Let the motion process hear `body` now."""
        sent_ns = self.sent_ns.get(body)
        refusal = self.referee.receive(
            body, peer=peer.id, role=peer.role, road=road, now_ns=self.now_ns, sent_ns=sent_ns
        )
        if self.tell is not None:
            word = "ok" if refusal is None else refusal.value
            self.say(f"  the robot hears {peer.id} by {road.value}: {body.decode(errors='replace')[:150]} -> {word}")

    def _roster(self, peers: tuple[m.Peer, ...], *, dismissed: frozenset[str] = frozenset()) -> None:
        self.dismissed = dismissed
        self.session.peers_changed(peers, now_ns=self.now_ns, dismissed=dismissed)
        require(self.session.holder not in dismissed, "somebody who was sent off for good still has the lease")
        self.referee.peers_are({each.id: each.role for each in peers})
        self.referee.look(now_ns=self.now_ns)

    # --- The robot's own ---

    def _capture(self) -> None:
        now_ns = self.now_ns
        rtp_time = now_ns // NS_PER_MS * 90 % 2**32
        captured_ns = now_ns - int(self.rng.random() * ms(30))
        if self.agent is Agent.ALIVE:
            self.session.picture_captured(rtp_time, captured_ns)
            self.referee.picture_captured(rtp_time, captured_ns)
            shown = b"%d" % rtp_time
            for each in self.people.values():
                if each.peer.role is not m.Role.OBSERVER:
                    each.sight.send(shown, now_ns=now_ns)

    def _report(self) -> None:
        now_ns = self.now_ns
        if self.robot_speaks:
            self.spoke_ns = now_ns
        odometry = self.odometry
        measured: Twist | None = self.told
        if odometry is not Odometry.TRUE:
            measured = self._measured(odometry)
        pose = self.place if self.knows_where else None
        state = DriverState(
            stamp_ns=self.spoke_ns,
            pose=pose,
            twist=measured,
            tilt_rad=self.tilt_rad,
            faults=self.faults,
            stop_input=self.stop_pressed,
            performance=self.body.perform(self.session.wanted_gesture, now_ns=now_ns),
        )
        self.session.robot_reported(state, now_ns=now_ns)
        silent = now_ns - self.spoke_ns >= self.timing.robot_silence_ns
        broken = odometry is Odometry.NOT_A_NUMBER or self.tilt_rad > self.profile.max_tilt_rad
        faulty = bool(self.faults) or self.stop_pressed or silent or broken or self._has_run_away()
        self.referee.robot_reported(faulty=faulty, pose=pose, performing=self.body.is_performing)

    def _has_run_away(self) -> bool:
        """Return whether the robot has rolled for a second by now although it is told to stand."""
        if self.odometry is not Odometry.ROLLING or self.told != STILL:
            self.rolls_since_ns = None
        elif self.rolls_since_ns is None:
            self.rolls_since_ns = self.now_ns
        return self.rolls_since_ns is not None and self.now_ns - self.rolls_since_ns >= ROLLS_NS

    def _measured(self, odometry: Odometry) -> Twist | None:
        match odometry:
            case Odometry.ABSENT:
                return None
            case Odometry.NOT_A_NUMBER:
                return Twist(float("nan"), 0.0, 0.0)
            case Odometry.ROLLING:
                return Twist(0.25, 0.0, 0.1)
            case _:
                return Twist(self.told.vx_mps + self.rng.gauss(0.0, 0.012), 0.0, self.told.wz_radps)

    # --- What the robot says ---

    def _spread(self, outgoing: list[Outgoing]) -> None:
        if self.agent is not Agent.ALIVE:
            return
        now_ns, people = self.now_ns, self.people
        for each in outgoing:
            if each.to == SHOW:
                continue  # the agent's own
            if self.room is not None and self.robot_seat is not None:
                envelope = codec.encode(m.ToPeer(to=each.to, lane=each.lane, body=msgspec.Raw(each.body)))
                self.room.receive_from_robot(self.robot_seat, envelope)
            for somebody in people.values() if each.to is None else (people[each.to],):
                if somebody.is_here and somebody.has_direct and somebody.peer.id not in self.dismissed:
                    somebody.down_direct.send(each.body, now_ns=now_ns)

    def _deliver(self) -> None:
        now_ns = self.now_ns
        for each in self.people.values():
            if not each.is_here:
                continue
            while (frame := each.outbox.take()) is not None:
                each.down_bridge.send(frame, now_ns=now_ns)
            if each.is_frozen:
                continue
            for body in each.down_direct.arriving(now_ns=now_ns):
                each.session.receive(body, now_ns=now_ns)
            for body in each.down_bridge.arriving(now_ns=now_ns):
                each.session.receive(body, now_ns=now_ns)
            for body in each.sight.arriving(now_ns=now_ns):
                each.session.picture_shown(int(body))

    # --- Telling ---

    def say(self, line: str) -> None:
        """Tell what happens, when anybody listens."""
        if self.tell is not None:
            self.tell(f"{self.now_ns / 1e9:12.4f}  {line}")

    def _tell_tick(self, messages: list[tuple[str | None, m.ToPerson]]) -> None:
        told = self.referee.told
        if told is not None:
            speeds = f"{told.twist.vx_mps:+.3f} m/s {told.twist.wz_radps:+.3f} rad/s"
            who = f"{self.session.holder} fence {self.session.fence}"
            self.say(f"tick: {told.state.value}, {told.limit.value}, {speeds}, {who}")
        for to, message in messages:
            if not isinstance(message, m.Telemetry | m.Status):
                self.say(f"  the robot says to {to or 'all'}: {message}")


def _nobody_waits() -> None:
    """Do nothing: whoever reads looks by itself."""


__all__ = ["AT_ONCE", "Agent", "Odometry", "Stage", "World"]
