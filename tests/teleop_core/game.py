"""A robot's session on virtual time, with the people around it: what the tests of the core play with."""

from dataclasses import dataclass, field, replace

import msgspec

from teleop_core.announcer import Outgoing
from teleop_core.geometry import STILL, Pose2D, Twist
from teleop_core.ports import DriverState, GestureOutcome, Performance
from teleop_core.profile import SafetyProfile
from teleop_core.session import Memory, RobotSession, Setpoint
from teleop_core.timebase import ms
from teleop_core.timing import Timing
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_person, encode
from teleop_core.wire.messages import Limit, Refusal, Road, RobotState, Role

PICTURE_EVERY_NS = ms(100)

ANNA = m.Peer(id="anna", role=Role.PRESENTER, name="Anna")
BO = m.Peer(id="bo", role=Role.PRESENTER, name="Bo")
STAFF = m.Peer(id="staff", role=Role.STAFF, name="Staff")
GUEST = m.Peer(id="guest", role=Role.OBSERVER, name="Guest")
EVERYBODY = (ANNA, BO, STAFF, GUEST)


START = Pose2D()


@dataclass
class Game:
    """Plays at 50 Hz with a perfect robot (it moves as it is told), a camera, an agent and a bridge that live."""

    timing: Timing = field(default_factory=Timing)
    profile: SafetyProfile = field(default_factory=SafetyProfile)
    memory: Memory | None = None
    epoch: str = "e1"
    now_ns: int = ms(1000)
    agent_alive: bool = True
    bridge_up: bool = True
    camera_alive: bool = True
    faults: tuple[str, ...] = ()
    stop_input: bool | None = False
    measures: bool = True
    measured_mps: float = 0.0  # at least so fast, whatever it was told
    place: Pose2D | None = START
    tilt_rad: float | None = None
    performance: Performance | None = None
    performs: bool = True  # whether a gesture that it began gets anywhere, and stops when it is told to

    def __post_init__(self) -> None:
        self.session = RobotSession(
            epoch=self.epoch,
            memory=self.memory,
            profile=self.profile,
            timing=self.timing,
            now_ns=self.now_ns,
        )
        self.sent: list[tuple[str | None, m.ToPerson]] = []
        self.seq = 0
        self.requests = 0
        self.picture: int | None = None
        self.began_ns = 0
        self.setpoints: list[tuple[int, Setpoint]] = []
        self.session.peers_changed(EVERYBODY, now_ns=self.now_ns)
        self.tick()

    # --- Time ---

    def tick(self, *, step_ns: int | None = None) -> Setpoint:
        """Let one tick pass and return its setpoint."""
        self.now_ns += self.timing.tick_ns if step_ns is None else step_ns
        if self.agent_alive:
            self.session.agent_heard(bridge_up=self.bridge_up, now_ns=self.now_ns)
        if self.camera_alive:
            self.picture = (self.now_ns // PICTURE_EVERY_NS) * 9000 % 2**32
            self.session.picture_captured(self.picture, self.now_ns // PICTURE_EVERY_NS * PICTURE_EVERY_NS)
        self._perform()
        told = self.setpoints[-1][1].twist if self.setpoints else STILL
        forward_mps = max(told.vx_mps, self.measured_mps) if self.measured_mps else told.vx_mps
        moved = Twist(forward_mps, told.vy_mps, told.wz_radps)
        self.session.robot_reported(
            DriverState(
                stamp_ns=self.now_ns,
                pose=self.place,
                twist=moved if self.measures else None,
                tilt_rad=self.tilt_rad,
                faults=self.faults,
                stop_input=self.stop_input,
                performance=self.performance,
            ),
            now_ns=self.now_ns,
        )
        setpoint = self.session.tick(now_ns=self.now_ns)
        self.setpoints.append((self.now_ns, setpoint))
        self._deliver()
        return setpoint

    def run(self, for_ms: float) -> Setpoint:
        """Let time pass with nobody saying anything; return the last setpoint."""
        setpoint = self.tick()
        for _ in range(round(ms(for_ms) / self.timing.tick_ns) - 1):
            setpoint = self.tick()
        return setpoint

    def drive(
        self,
        for_ms: float,
        vx_mps: float = 0.5,
        *,
        peer: m.Peer = ANNA,
        dead_man: bool = True,
        road: Road = Road.BRIDGE,
    ) -> Setpoint:
        """Send a command before each tick; return the last setpoint."""
        setpoint = self.setpoints[-1][1]
        for _ in range(round(ms(for_ms) / self.timing.tick_ns)):
            self.renew(peer)
            self.say(peer, self.command(vx_mps=vx_mps, dead_man=dead_man), road=road)
            setpoint = self.tick()
        return setpoint

    # --- People ---

    def say(self, peer: m.Peer, message: m.FromPerson, *, road: Road = Road.BRIDGE) -> object:
        """Let `peer` say something now; return the refusal, if any."""
        return self.say_raw(peer, encode(message), road=road)

    def say_raw(self, peer: m.Peer, body: bytes, *, road: Road = Road.BRIDGE) -> object:
        """Let `peer` send any bytes now; return the refusal, if any."""
        refusal = self.session.receive(body, peer=peer.id, role=peer.role, road=road, now_ns=self.now_ns)
        self._deliver()
        return refusal

    def next_id(self) -> str:
        """Return an id that was not used yet."""
        self.requests += 1
        return f"q{self.requests}"

    def command(self, *, vx_mps: float = 0.5, dead_man: bool = True, **changes: object) -> m.Drive:
        """Return a fresh drive command of the present holder."""
        self.seq += 1
        drive = m.Drive(
            epoch=self.epoch,
            fence=self.session.fence,
            seq=self.seq,
            dead_man=dead_man,
            vx_mps=vx_mps,
            vy_mps=0.0,
            wz_radps=0.0,
            beacon=self.telemetry.tick,
            picture=self.picture,
        )
        return msgspec.structs.replace(drive, **changes)

    def renew(self, peer: m.Peer = ANNA) -> object:
        """Renew the lease."""
        self.seq += 1
        return self.say(peer, m.LeaseRenew(epoch=self.epoch, fence=self.session.fence, seq=self.seq))

    def ask(self, peer: m.Peer = ANNA) -> object:
        """Ask for the lease."""
        return self.say(peer, m.LeaseRequest(id=self.next_id()))

    def reset(self, peer: m.Peer = STAFF) -> object:
        """Reset in two steps, as staff do."""
        refusal = self.say(peer, m.ResetPrepare(id=self.next_id()))
        if refusal is not None:
            return refusal
        self.tick()
        prepared = self.status.reset
        assert prepared is not None
        return self.say(peer, m.ResetConfirm(id=self.next_id(), code=prepared.code))

    def ready(self) -> "Game":
        """Reset the boot latch."""
        assert self.reset() is None
        self.tick()
        return self

    def armed(self, peer: m.Peer = ANNA) -> "Game":
        """Bring `peer` to where its dead-man counts."""
        if self.session.is_latched:
            self.ready()
        assert self.ask(peer) is None
        self.drive(360, 0.0, peer=peer, dead_man=False)
        return self

    def driving(self, peer: m.Peer = ANNA) -> "Game":
        """Bring `peer` to full speed."""
        self.armed(peer).drive(800, peer=peer)
        return self

    # --- What came out ---

    def state(self) -> RobotState:
        """Return the state as of the last tick."""
        return self.session.state

    def limit(self) -> Limit:
        """Return what the newest telemetry says limits the motion."""
        return self.telemetry.limit

    def reset_code(self) -> str | None:
        """Return the code that staff are shown, None when no reset waits for its second step."""
        return None if self.status.reset is None else self.status.reset.code

    def holder(self) -> str | None:
        """Return who has the lease at this instant."""
        return self.session.holder

    def gesture(self) -> str | None:
        """Return which gesture the newest telemetry says that it performs."""
        return None if self.telemetry.gesture is None else self.telemetry.gesture.name

    def allows_gestures(self) -> bool:
        """Return what the newest status says of gestures."""
        return self.status.gestures_allowed

    def is_latched(self) -> bool:
        """Return whether the STOP is latched at this instant."""
        return self.session.is_latched

    def last(self, kind: type[m.Telemetry | m.Status | m.Ack | m.StopAck]) -> object:
        """Return the newest message of a kind."""
        return next(message for _, message in reversed(self.sent) if isinstance(message, kind))

    @property
    def telemetry(self) -> m.Telemetry:
        """The newest telemetry."""
        newest = self.last(m.Telemetry)
        assert isinstance(newest, m.Telemetry)
        return newest

    @property
    def status(self) -> m.Status:
        """The newest status."""
        newest = self.last(m.Status)
        assert isinstance(newest, m.Status)
        return newest

    @property
    def events(self) -> list[m.Event]:
        """All events so far."""
        return [message for _, message in self.sent if isinstance(message, m.Event)]

    @property
    def speed_mps(self) -> float:
        """How fast the robot was told to go at the last tick."""
        return self.setpoints[-1][1].twist.speed_mps

    def answer(self) -> m.Ack:
        """Return the newest ack."""
        newest = self.last(m.Ack)
        assert isinstance(newest, m.Ack)
        return newest

    def _perform(self) -> None:
        wanted, now = self.session.wanted_gesture, self.performance
        if wanted.name is not None and (now is None or now.run != wanted.run):
            self.performance, self.began_ns = Performance(run=wanted.run, name=wanted.name), self.now_ns
        elif now is not None and now.outcome is None and self.performs:
            lasts_ms = next(each.lasts_ms for each in self.profile.gestures if each.name == now.name)
            progress = (self.now_ns - self.began_ns) / ms(lasts_ms)
            over = GestureOutcome.CUT if wanted.name is None else GestureOutcome.DONE if progress >= 1.0 else None
            self.performance = replace(now, progress=min(1.0, progress), outcome=over)

    def _deliver(self) -> None:
        outgoing: list[Outgoing] = self.session.messages_to_send()
        self.sent.extend((each.to, decode_to_person(each.body)) for each in outgoing)


def twist(vx_mps: float = 0.0, vy_mps: float = 0.0, wz_radps: float = 0.0) -> Twist:
    """Return a twist."""
    return Twist(vx_mps, vy_mps, wz_radps)


__all__ = ["ANNA", "BO", "EVERYBODY", "GUEST", "STAFF", "Game", "Refusal", "twist"]
