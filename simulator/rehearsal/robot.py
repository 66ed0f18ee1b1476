"""The robot of a rehearsal: the simulated stage under the real rules, and the show on top, 50 times a stage second.

What is real: `RobotSession`, `ShowPlayer`, the stage and its body. What is played: agent and motion loop, which only
hand on, and speech, which takes as long as it would.
"""

from dataclasses import dataclass
from typing import Final

from robot_agent.config import MotionSettings
from robot_agent.motion.limits import safety_profile_of
from simulator.plant import BaseKind
from simulator.stage import STEP_NS, Stage
from teleop_core.announcer import Outgoing
from teleop_core.geometry import Twist
from teleop_core.ports import DriverState, Performance
from teleop_core.session import SHOW, RobotSession
from teleop_core.show.player import Effect, HushThis, Perform, Play, ShowPlayer, Utter
from teleop_core.show.script import Language, Script
from teleop_core.timebase import NS_PER_MS, ms, seconds
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_person, encode
from teleop_core.wire.messages import Lane, Refusal, Road, Role, Verdict

TICK_NS: Final = ms(20)
PICTURE_NS: Final = ms(40)
SOUND_S: Final = 2.0  # of a file whose length nobody read
_CHARS_PER_S: Final = {Language.EN: 14.0, Language.ZH: 4.5}
_RTP_PER_NS: Final = 90_000 / 1e9


@dataclass(frozen=True, slots=True)
class Told:
    """An effect of the show, and when."""

    at_ns: int
    effect: Effect


class RehearsedRobot:
    """Everything behind the link."""

    def __init__(self, script: Script, *, base: BaseKind, seed: int, now_ns: int) -> None:
        self.stage = Stage(base=base, seed=seed)
        self.session = RobotSession(
            epoch="rehearsal",
            memory=None,
            profile=safety_profile_of(MotionSettings(), self.stage.capabilities),
            now_ns=now_ns,
        )
        self.player = ShowPlayer(script, now_ns=now_ns)
        self.player.learn(gesture.name for gesture in self.stage.capabilities.gestures)
        self.told: list[Told] = []
        self._began_ns = now_ns
        self._speaking: dict[str, int] = {}  # key -> until when
        self._performs: int | None = None
        self._out: list[Outgoing] = []
        self._next_picture_ns = now_ns
        self.pictures: list[int] = []  # RTP times captured since the last look

    def receive(self, body: bytes, message: m.FromPerson, *, peer: m.Peer, road: Road, now_ns: int) -> None:
        """Take in what a person said."""
        self.player.on_stage.heard(peer.id, now_ns=now_ns)
        if isinstance(message, m.ShowControl):
            refusal = self.player.control(message, role=peer.role, now_ns=now_ns)
            verdict = Verdict.DONE if refusal is None else Verdict.REFUSED
            self._say(peer.id, m.Ack(id=message.id, verdict=verdict, refusal=refusal))
            self._carry_out(now_ns=now_ns)
        elif isinstance(message, m.Say | m.Hush):
            self._say(peer.id, m.Ack(id=message.id, verdict=Verdict.REFUSED, refusal=Refusal.NO_SPEECH))
        else:
            self.session.receive(body, peer=peer.id, role=peer.role, road=road, now_ns=now_ns)
            self._perform(now_ns=now_ns)

    def tick(self, *, now_ns: int) -> None:
        """Be 20 ms further."""
        self.stage.step(TICK_NS // STEP_NS)
        self.session.agent_heard(bridge_up=True, now_ns=now_ns)
        if now_ns >= self._next_picture_ns:
            self._next_picture_ns += PICTURE_NS
            rtp_time = round((now_ns - self._began_ns) * _RTP_PER_NS) % 2**32
            self.session.picture_captured(rtp_time, now_ns)
            self.pictures.append(rtp_time)
        self.session.robot_reported(self._report(now_ns=now_ns), now_ns=now_ns)
        setpoint = self.session.tick(now_ns=now_ns)
        self._perform(now_ns=now_ns)
        self.stage.set_velocity(setpoint.twist, ttl_ms=setpoint.ttl_ms)
        for key, until_ns in list(self._speaking.items()):
            if now_ns >= until_ns:
                del self._speaking[key]
                self.player.spoken(key, now_ns=now_ns)
        self._hand_on(now_ns=now_ns)
        self.player.tick(now_ns=now_ns)
        self._carry_out(now_ns=now_ns)
        for said in self.player.due(now_ns=now_ns, now_unix_ms=now_ns // NS_PER_MS):
            self._say(None, said)

    def take_outgoing(self) -> list[Outgoing]:
        """Return what is said to people since the last call."""
        out, self._out = self._out, []
        return out

    def take_pictures(self) -> list[int]:
        """Return the RTP times of the pictures captured since the last call."""
        pictures, self.pictures = self.pictures, []
        return pictures

    def _hand_on(self, *, now_ns: int) -> None:
        for outgoing in self.session.messages_to_send():
            self.player.hear(decode_to_person(outgoing.body), now_ns=now_ns)
            if outgoing.to != SHOW:
                self._out.append(outgoing)

    def _carry_out(self, *, now_ns: int) -> None:
        for effect in self.player.take_effects():
            self.told.append(Told(now_ns - self._began_ns, effect))
            match effect:
                case Perform(request=request, name=name):
                    self.session.perform(request, name, now_ns=now_ns)
                    self._perform(now_ns=now_ns)
                case Utter(key=key, text=text, language=language):
                    self._speaking[key] = now_ns + seconds(0.5 + len(text) / _CHARS_PER_S[language])
                case Play(key=key):
                    self._speaking[key] = now_ns + seconds(SOUND_S)
                case HushThis(key=key):
                    self._speaking.pop(key, None)
                case _:
                    pass

    def _perform(self, *, now_ns: int) -> None:
        """Have the body do what the rules want of it."""
        del now_ns
        wanted = self.session.wanted_gesture
        told = None if wanted.name is None else wanted.run
        if told == self._performs:
            return
        self._performs = told
        if wanted.name is None:
            self.stage.performer.cut()
        else:
            self.stage.begin_gesture(wanted.name, run=wanted.run)

    def _report(self, *, now_ns: int) -> DriverState:
        plant = self.stage.plant
        performance: Performance | None = self.stage.performer.performance
        return DriverState(
            stamp_ns=now_ns,
            pose=plant.odometry,
            twist=Twist(plant.twist.vx_mps, plant.twist.vy_mps, plant.twist.wz_radps),
            battery=plant.battery,
            tilt_rad=plant.tilt_rad,
            faults=self.stage.base_faults,
            performance=performance,
        )

    def _say(self, to: str | None, message: m.Message) -> None:
        lane = Lane.STATE if isinstance(message, m.Show | m.ShowPlan) else Lane.EVENT
        self._out.append(Outgoing(to, lane, encode(message)))


STAFF: Final = m.Peer(id="staff.rehearsal", role=Role.STAFF, name="Staff")
PRESENTER: Final = m.Peer(id="ada.rehearsal", role=Role.PRESENTER, name="Presenter")
