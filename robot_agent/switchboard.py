"""The routes of an agent: who hears what, between bridge, motion process, media plane and the hall's STOP page.

==========================  ======================================================================================
comes                       goes
==========================  ======================================================================================
from the bridge             what is the media plane's (signalling, the choice of a camera) or the show's to it, all else
                            to the motion process as it came
from a data channel         as from the bridge but for signalling, with the role that the bridge vouched for
from the hall's STOP page   STOP, sterner ones and their release, to the motion process; a terminal's key is STOP too
from the motion process     to the data channels and to the bridge; answers to a page in the hall, to that page; all of
                            it to the show as well
from the media plane        how the cameras are, to the data channels and to the bridge
==========================  ======================================================================================

The agent decides nothing about motion. It may stall, be wrong or be killed: the motion process then stops the robot.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from robot_agent.bridge_link import SYSTEM_DICE
from robot_agent.config import AgentConfig, motion_config
from robot_agent.dialling import Dial, dial
from robot_agent.local_stop.board import Board
from robot_agent.motion import ipc
from robot_agent.motion_process import MotionProcess, Spawn, spawn
from robot_agent.obituary import Obituary
from robot_agent.readiness_desk import ReadinessDesk
from robot_agent.sniff import kind_of
from robot_agent.uplinks import Uplinks
from robot_agent.viewers import Viewers
from teleop_core.errors import WireError
from teleop_core.session import SHOW
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_from_person, encode

LOOK_PERIOD_S: Final = 1.0
MAX_SIGNALLING: Final = 64  # of all peers together, under way at once

_IN_HALL: Final = "on the STOP page in the hall"
_REPLACEABLE: Final = frozenset({"drive", "lease_renew", "watch"})  # another one follows soon; not worth keeping
_SIGNALLING: Final = frozenset({"rtc_offer", "rtc_candidate", "rtc_close"})
_CHOICES: Final = frozenset({"choose_camera", "speak_to"})  # come over either road
_STAGE: Final = frozenset({"show_control", "say", "hush"})  # as does this


class Media(Protocol):
    """What the routes use of the media plane."""

    async def receive(self, peer: str, role: m.Role, message: m.MediaMessage) -> m.RtcAnswer | m.Ack | None:
        """Take a signalling message of `peer`, who is here as `role`, and return what to answer, if anything."""
        ...

    def send(self, peer: str | None, lane: m.Lane, body: bytes) -> None:
        """Send a frame to `peer`, or to every peer, where there is a data channel; never blocks."""
        ...

    def hear_ice_servers(self, servers: Sequence[m.IceServer]) -> None:
        """Take in the STUN and TURN servers that the bridge gives this robot, whole."""
        ...


class Show(Protocol):
    """What the routes use of the show."""

    def receive(self, peer: str, role: m.Role, message: m.StageMessage) -> m.Ack:
        """Do what a person asks, and return the answer."""
        ...

    def hear(self, body: bytes) -> None:
        """Take in what the motion process says, to whomever."""
        ...

    def heard(self, peer: str) -> None:
        """Note that something of `peer` came."""
        ...

    def learn(self, profile: m.RobotProfile) -> None:
        """Learn what the robot is."""
        ...

    def roster_changed(self) -> None:
        """Note that somebody came or went."""
        ...


class HallPage(Protocol):
    """What the routes use of the STOP page."""

    def is_page(self, peer: str) -> bool:
        """Return whether `peer` is, or was, a page of the hall."""
        ...

    def answered(self, peer: str, body: bytes) -> None:
        """Tell the page `peer` what the motion process answered."""
        ...

    def changed(self) -> None:
        """Show every page at once that something changed."""
        ...


class NoHallPage:
    """A hall without a page."""

    def is_page(self, peer: str) -> bool:
        """Return False."""
        del peer
        return False

    def answered(self, peer: str, body: bytes) -> None:
        """Do nothing."""

    def changed(self) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """How the agent reaches the world outside its process; `clock` is CLOCK_MONOTONIC in nanoseconds."""

    dial: Dial = dial
    spawn: Spawn = spawn
    clock: Callable[[], int] = time.monotonic_ns
    dice: random.Random = SYSTEM_DICE


THE_WORLD: Final = Outside()


class Switchboard:
    """The uplinks, the motion process, and all routes of one agent. What has to be awaited runs in `tasks`.

    `media` and `page` are plugged in by whoever runs them, `media` as None while there is none.
    """

    def __init__(self, config: AgentConfig, *, tasks: asyncio.TaskGroup, outside: Outside = THE_WORLD) -> None:
        self._config = config
        self._tasks = tasks
        self._clock = outside.clock
        self._log = structlog.get_logger("agent")
        self._viewers = Viewers()
        self._obituary = Obituary()
        self._roster: m.Roster | None = None
        self._signalling: set[asyncio.Task[None]] = set()
        self.board = Board(clock=outside.clock)
        self.readiness = ReadinessDesk(clock=outside.clock, has_voice=config.voice.sound is not None)
        self.media: Media | None = None
        self.ice_servers: tuple[m.IceServer, ...] = ()  # as the bridge said last
        self.page: HallPage = NoHallPage()
        self.show: Show | None = None
        self.motion = MotionProcess(
            motion_config(config),
            on_message=self._from_motion,
            on_ready=self._ready,
            on_away=self._away,
            spawn=outside.spawn,
            clock=outside.clock,
        )
        self.uplinks = Uplinks(
            config.read_uplinks(),
            url=config.bridge_url,
            robot=config.name,
            key=config.read_key(),
            on_frame=self._from_bridge,
            on_change=self._bridge_changed,
            dial=outside.dial,
            clock=outside.clock,
            dice=outside.dice,
        )

    def run(self) -> None:
        """Have the motion process, the uplinks and the regular look around run in the tasks."""
        self._tasks.create_task(self.motion.run(), name="motion-process")
        self._tasks.create_task(self.uplinks.run(), name="uplinks")
        self._tasks.create_task(self._look_around(), name="look-around")

    # --- From the bridge ---

    def _from_bridge(self, message: m.ToRobot) -> None:
        match message:
            case m.FromPeer(peer=peer, role=role, body=raw):
                self._from_person(peer, role, bytes(raw))
            case m.Roster():
                self._roster = message
                self.board.hear_roster(message.peers)
                present = {each.id for each in message.peers}
                self._viewers.present(present, dismissed=message.dismissed, now_ns=self._clock())
                self._tell_roster()
                self._tell_death()  # whoever has just come knows nothing of it
                self._close_gone()
                if self.show is not None:
                    self.show.roster_changed()
            case m.Welcome(ice_servers=servers) | m.IceServers(servers=servers):
                if isinstance(message, m.Welcome):
                    self.readiness.hear_bridge_clock(message.server_unix_ms)
                self.ice_servers = servers
                if self.media is not None:
                    self.media.hear_ice_servers(servers)
            case m.Pong():
                pass

    def _from_person(self, peer: str, role: m.Role, body: bytes) -> None:
        kind = kind_of(body)
        if self.show is not None:
            self.show.heard(peer)
        if kind in _SIGNALLING or kind in _CHOICES:
            self._to_media(peer, role, body)
        elif kind in _STAGE:
            self._to_show(peer, role, body)
        else:
            self._to_motion(peer, role, m.Road.BRIDGE, kind, body)

    def _to_media(self, peer: str, role: m.Role, body: bytes) -> None:
        try:
            message = decode_from_person(body)
        except WireError as exc:
            self._log.warning("agent.refused_signalling", peer=peer, fault=exc.fault.value)
            return
        if not isinstance(message, m.MediaMessage):
            return
        if isinstance(message, m.RtcOffer):
            self._viewers.offered(peer, role, session=message.id)
        if isinstance(message, m.ChooseCamera | m.SpeakTo) and self.board.is_muted(peer):
            self._acknowledge(peer, _refused(message.id, m.Refusal.MUTED, "staff do not let this peer be heard"))
        else:
            self._signal(peer, role, message)

    def _to_show(self, peer: str, role: m.Role, body: bytes) -> None:
        try:
            message = decode_from_person(body)
        except WireError as exc:
            self._log.warning("agent.refused_stage_message", peer=peer, fault=exc.fault.value)
            return
        if not isinstance(message, m.StageMessage):
            return
        if self.show is None:
            self._acknowledge(peer, _refused(message.id, m.Refusal.NO_SHOW, "the robot's show is not running"))
        else:
            self._acknowledge(peer, self.show.receive(peer, role, message))

    def _signal(self, peer: str, role: m.Role, message: m.MediaMessage) -> None:
        if self.media is None:
            self._answer(peer, _refused(message.id, m.Refusal.MEDIA, "the robot has no camera yet"))
        elif len(self._signalling) >= MAX_SIGNALLING:
            self._answer(peer, _refused(message.id, m.Refusal.OVERLOADED, "too many sessions are being made"))
        else:
            task = self._tasks.create_task(self._take_signal(self.media, peer, role, message), name=f"signal-{peer}")
            self._signalling.add(task)
            task.add_done_callback(self._signalling.discard)

    async def _take_signal(self, media: Media, peer: str, role: m.Role, message: m.MediaMessage) -> None:
        answer = await media.receive(peer, role, message)
        if isinstance(answer, m.Ack) and isinstance(message, m.ChooseCamera | m.SpeakTo):
            self._acknowledge(peer, answer)
        elif answer is not None:
            self._answer(peer, answer)

    def _answer(self, peer: str, answer: m.RtcAnswer | m.Ack) -> None:
        body = encode(answer)
        self.uplinks.send(peer, m.Lane.EVENT, kind_of(body), body)

    def _acknowledge(self, peer: str, ack: m.Ack) -> None:
        """Answer a choice on both roads, for it may have come over either."""
        self._say(peer, m.Lane.EVENT, "ack", encode(ack))

    def _bridge_changed(self) -> None:
        self.motion.bridge_up = self.uplinks.is_up
        if not self.uplinks.is_up:
            self._viewers.bridge_lost()
        self._tell_uplinks()

    def _tell_uplinks(self) -> None:
        if self.uplinks.are_several:
            self._say(None, m.Lane.STATE, "uplinks", encode(self.uplinks.told()))

    def _tell_roster(self) -> None:
        if self._roster is not None:
            self.motion.send(ipc.Present(self._roster.peers, self._roster.dismissed), lossless=True)

    # --- From the media plane ---

    def from_channel(self, peer: str, body: bytes) -> None:
        """Take what came over the data channel of `peer`."""
        role = self._viewers.role_of(peer)  # of the session, whatever the roster says by now
        kind = kind_of(body)
        if self.show is not None:
            self.show.heard(peer)
        if role is not None and kind in _CHOICES:
            self._to_media(peer, role, body)
        elif role is not None and kind in _STAGE:
            self._to_show(peer, role, body)
        elif role is not None:
            self._to_motion(peer, role, m.Road.DIRECT, kind, body)

    def role_of(self, peer: str) -> m.Role | None:
        """Return the role behind the session of `peer`, None when there is none."""
        return self._viewers.role_of(peer)

    def say_sound(self, sound: m.Sound) -> None:
        """Tell everybody how the hall sounds."""
        self.readiness.hear_sound(sound)
        self._say(None, m.Lane.STATE, "sound", encode(sound))

    def captured(self, rtp_time: int, captured_ns: int) -> None:
        """Tell the motion process when the picture with this RTP time was captured."""
        self.motion.send(ipc.Captured(rtp_time, captured_ns))

    def cameras_seen(self, cameras: m.Cameras) -> None:
        """Tell everybody how the cameras are, and which is the main one."""
        self.readiness.hear_cameras(cameras)
        self._say(None, m.Lane.STATE, "cameras", encode(cameras))

    def _to_motion(self, peer: str, role: m.Role, road: m.Road, kind: str, body: bytes) -> None:
        frame = ipc.FromPeer(peer, role, road, body)
        self.motion.send(frame, lossless=kind not in _REPLACEABLE, ahead=kind == "stop")

    # --- From the hall ---

    def stop_from_hall(self, peer: str, request: str) -> None:
        """Take a STOP of the page `peer`, and have it answered under the id `request`."""
        self._stop_for(peer, request, reason=_IN_HALL)

    def stop_sternly_from_hall(self, peer: str, request: str, level: m.StopLevel) -> None:
        """Take a STOP of the page `peer` that is sterner than an ordinary one, which it never comes without."""
        self._stop_for(peer, request, reason=f"{_IN_HALL}: {level.value}")
        self.motion.send(ipc.LocalStop(f"{_IN_HALL}: {level.value}", level=level), lossless=True, ahead=True)

    def release_from_hall(self, peer: str) -> None:
        """Take back for the page `peer` what is above an ordinary STOP."""
        self.motion.send(ipc.LocalRelease(f"{_IN_HALL}, by {peer}"), lossless=True)

    def _stop_for(self, peer: str, request: str, *, reason: str) -> None:
        self._to_motion(peer, m.Role.STAFF, m.Road.LOCAL, "stop", encode(m.Stop(id=request, reason=reason)))

    def key_pressed(self) -> None:
        """Take a STOP of the agent's terminal."""
        self._log.warning("agent.terminal_key")
        self.motion.send(ipc.LocalStop("a key on the robot's terminal"), lossless=True, ahead=True)

    def perform(self, request: str, name: str | None) -> None:
        """Ask the motion process for a gesture of the show, or (None) to break off the one that runs."""
        self.motion.send(ipc.Perform(request, name), lossless=True)

    def say_stage(self, to: str | None, lane: m.Lane, message: m.Message) -> None:
        """Tell everybody, or one peer, how the show goes."""
        body = encode(message)
        self._say(to, lane, kind_of(body), body)

    def note(self, kind: m.EventKind, by: str | None, detail: str) -> None:
        """Add a line to everybody's event list."""
        self._say(None, m.Lane.EVENT, "event", self._obituary.note(kind, by=by, detail=detail))

    def say_fault(self, detail: str) -> None:
        """Tell everybody that something of the agent's own does not work; the robot does."""
        self._say(None, m.Lane.EVENT, "event", self._obituary.fault(detail))

    # --- From the motion process ---

    def _from_motion(self, message: ipc.ToPeer) -> None:
        if message.to is not None and self.page.is_page(message.to):
            self.page.answered(message.to, message.body)
            return
        if self.show is not None:
            self.show.hear(message.body)
        if message.to == SHOW:
            return
        kind = kind_of(message.body)
        if kind == "status":
            self._obituary.remember(message.body)
            self.board.hear_status(message.body)
            self.readiness.hear_status(message.body)
            self.page.changed()
        elif kind == "telemetry":
            self.board.hear_telemetry(message.body)
            self.readiness.hear_telemetry(message.body)
        self._say(message.to, message.lane, kind, message.body)

    def _say(self, to: str | None, lane: m.Lane, kind: str, body: bytes) -> None:
        if self.media is not None:
            self.media.send(to, lane, body)
        self.uplinks.send(to, lane, kind, body)

    def _ready(self, ready: ipc.Ready) -> None:
        self._tell_roster()
        if ready.profile is not None:
            self.board.hear_profile(ready.profile)
            if self.show is not None:
                self.show.learn(ready.profile)
            self.uplinks.introduce(ready.profile)
        elif not self.uplinks.is_introduced:
            self.uplinks.introduce(_unknown_robot(self._config))

    def _away(self, reason: str) -> None:
        event, status = self._obituary.event(reason), self._obituary.status(reason, bridge_up=self.uplinks.is_up)
        self.board.motion_died(status)
        self.page.changed()
        self._say(None, m.Lane.EVENT, "event", event)
        self._say(None, m.Lane.STATE, "status", status)

    def _close_gone(self) -> None:
        for peer, role, session in self._viewers.take_gone(now_ns=self._clock()):
            self._signal(peer, role, m.RtcClose(id=session))

    async def _look_around(self) -> None:
        """Once a second: end sessions of who is gone, say how robot and uplinks are, repeat a death while it lasts."""
        while True:
            await asyncio.sleep(LOOK_PERIOD_S)
            self._close_gone()
            self._tell_uplinks()
            told = self.readiness.due(round_trip_ms=self.uplinks.round_trip_ms)
            if told is not None:
                self.uplinks.send(None, m.Lane.STATE, "readiness", told)  # for staff; only the bridge knows them
            self._tell_death()

    def _tell_death(self) -> None:
        if not self.motion.is_up and self._obituary.reason is not None:
            body = self._obituary.status(self._obituary.reason, bridge_up=self.uplinks.is_up)
            self._say(None, m.Lane.STATE, "status", body)


def _refused(request: str, refusal: m.Refusal, detail: str) -> m.Ack:
    return m.Ack(id=request, verdict=m.Verdict.REFUSED, refusal=refusal, detail=detail)


def _unknown_robot(config: AgentConfig) -> m.RobotProfile:
    """Return what to say of a robot whose driver never opened: it cannot move."""
    return m.RobotProfile(model=f"{config.driver.get('kind')}"[:60], max_speed_mps=0, max_turn_radps=0, holonomic=False)
