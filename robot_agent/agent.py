"""The robot agent: one TaskGroup around bridge link, motion process and media plane, and the routes between them.

==========================  =================================================================================
comes                       goes
==========================  =================================================================================
from the bridge             WebRTC signalling to the media plane, all else to the motion process as it came
from a data channel         to the motion process as it came, with the role that the bridge vouched for
from the hall's STOP page   STOP, to the motion process; a key on the agent's terminal is STOP as well
from the motion process     to the data channels and to the bridge; answers to a page in the hall, to that page
==========================  =================================================================================

The agent decides nothing about motion. It may stall, be wrong or be killed: the motion process then stops the robot.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from robot_agent import logs
from robot_agent.bridge_link import BridgeLink
from robot_agent.config import AgentConfig, motion_config
from robot_agent.drivers import registry
from robot_agent.local_stop.board import Board
from robot_agent.local_stop.server import StopPage, StopPageLink
from robot_agent.local_stop.terminal_key import watch_terminal
from robot_agent.media.plane import MediaPlane
from robot_agent.motion import host, ipc
from robot_agent.motion_process import MotionProcess
from robot_agent.obituary import Obituary
from robot_agent.sniff import kind_of
from robot_agent.viewers import Viewers
from teleop_core.errors import ConfigError, DriverError, SetupError, WireError
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_from_person, encode

CAMERA_RETRY_S: Final = 2.0
LOOK_PERIOD_S: Final = 1.0
SWITCH_INTERVAL_S: Final = 0.001  # so that the encoder's thread holds up the event loop for no longer
STDIN_FD: Final = 0
MAX_SIGNALLING: Final = 64  # of all peers together, under way at once

_REPLACEABLE: Final = frozenset({"drive", "lease_renew"})  # another one follows soon; not worth keeping
_SIGNALLING: Final = frozenset({"rtc_offer", "rtc_candidate", "rtc_close"})


def _tell_nobody(_: StopPageLink) -> None:
    """Leave the STOP page's link to its file."""


async def run_agent(config: AgentConfig, *, on_stop_page: Callable[[StopPageLink], None] = _tell_nobody) -> None:
    """Run the robot agent until cancelled; then stop the robot, and wait until it stands, before anything else ends.

    `on_stop_page` is told where the hall's STOP page is, once it is served.

    Raises:
        ConfigError: the configuration can never work.

    """
    writer = None if structlog.is_configured() else logs.configure("agent", robot=config.name)
    try:
        await _Agent(config, on_stop_page).run()
    except BaseExceptionGroup as group:
        wrong = group.subgroup(ConfigError)
        if wrong is None:
            raise
        raise _first_leaf(wrong) from group
    finally:
        if writer is not None:
            writer.close()


class _Agent:
    """The tasks of one agent and the routes between them."""

    def __init__(self, config: AgentConfig, on_stop_page: Callable[[StopPageLink], None]) -> None:
        self._config = config
        self._log = structlog.get_logger("agent")
        self._motion = MotionProcess(
            motion_config(config), on_message=self._from_motion, on_ready=self._ready, on_away=self._away
        )
        self._link = BridgeLink(
            url=config.bridge_url,
            robot=config.name,
            key=config.read_key(),
            on_frame=self._from_bridge,
            on_change=self._bridge_changed,
        )
        self._board = Board()
        self._stop_page = StopPage(
            config.local_stop,
            robot=config.name,
            state_dir=Path(config.state_dir),
            board=self._board,
            is_bridge_up=lambda: self._link.is_up,
            on_stop=self._from_hall,
            on_link=on_stop_page,
            on_fault=self._say_fault,
        )
        self._media: MediaPlane | None = None
        self._viewers = Viewers()
        self._obituary = Obituary()
        self._roster: m.Roster | None = None
        self._signalling: set[asyncio.Task[None]] = set()
        self._tasks = asyncio.TaskGroup()

    async def run(self) -> None:
        """Serve until cancelled; the robot is stopped, and the motion process gone, before the link is closed."""
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._log.info("agent.running", bridge=self._config.bridge_url, scheduling=host.ask_to_be_prompt())
        async with self._tasks:
            self._tasks.create_task(self._motion.run(), name="motion-process")
            self._tasks.create_task(self._link.run(), name="bridge-link")
            self._tasks.create_task(self._run_media(), name="media-plane")
            self._tasks.create_task(self._look_around(), name="look-around")
            if self._config.local_stop.enabled:
                self._tasks.create_task(self._stop_page.run(), name="stop-page")
            if self._config.local_stop.terminal_key:
                self._tasks.create_task(watch_terminal(STDIN_FD, self._key_pressed), name="terminal-key")
            try:
                await asyncio.Event().wait()
            finally:
                await self._motion.end("the robot's agent goes down")
                self._log.info("agent.ended")

    # --- From the bridge ---

    def _from_bridge(self, message: m.ToRobot) -> None:
        match message:
            case m.FromPeer(peer=peer, role=role, body=raw):
                self._from_person(peer, role, bytes(raw))
            case m.Roster():
                self._roster = message
                self._board.hear_roster(message.peers)
                present = {each.id for each in message.peers}
                self._viewers.present(present, dismissed=message.dismissed, now_ns=time.monotonic_ns())
                self._tell_roster()
                self._close_gone()
            case m.Welcome() | m.Pong():
                pass

    def _from_person(self, peer: str, role: m.Role, body: bytes) -> None:
        kind = kind_of(body)
        if kind not in _SIGNALLING:
            self._to_motion(peer, role, m.Road.BRIDGE, kind, body)
            return
        try:
            message = decode_from_person(body)
        except WireError as exc:
            self._log.warning("agent.refused_signalling", peer=peer, fault=exc.fault.value)
            return
        if isinstance(message, m.RtcOffer | m.RtcCandidate | m.RtcClose):
            if isinstance(message, m.RtcOffer):
                self._viewers.offered(peer, role, session=message.id)
            self._signal(peer, message)

    def _signal(self, peer: str, message: m.MediaMessage) -> None:
        if self._media is None:
            self._answer(peer, _refused(message.id, m.Refusal.MEDIA, "the robot has no camera yet"))
        elif len(self._signalling) >= MAX_SIGNALLING:
            self._answer(peer, _refused(message.id, m.Refusal.OVERLOADED, "too many sessions are being made"))
        else:
            task = self._tasks.create_task(self._take_signal(self._media, peer, message), name=f"signal-{peer}")
            self._signalling.add(task)
            task.add_done_callback(self._signalling.discard)

    async def _take_signal(self, media: MediaPlane, peer: str, message: m.MediaMessage) -> None:
        answer = await media.receive(peer, message)
        if answer is not None:
            self._answer(peer, answer)

    def _answer(self, peer: str, answer: m.RtcAnswer | m.Ack) -> None:
        body = encode(answer)
        self._link.send(peer, m.Lane.EVENT, kind_of(body), body)

    def _bridge_changed(self) -> None:
        self._motion.bridge_up = self._link.is_up
        if not self._link.is_up:
            self._viewers.bridge_lost()

    def _tell_roster(self) -> None:
        if self._roster is not None:
            self._motion.send(ipc.Present(self._roster.peers, self._roster.dismissed), lossless=True)

    # --- From the data channels ---

    def _from_channel(self, peer: str, body: bytes) -> None:
        role = self._viewers.role_of(peer)  # of the session, whatever the roster says by now
        if role is not None:
            self._to_motion(peer, role, m.Road.DIRECT, kind_of(body), body)

    def _to_motion(self, peer: str, role: m.Role, road: m.Road, kind: str, body: bytes) -> None:
        frame = ipc.FromPeer(peer, role, road, body)
        self._motion.send(frame, lossless=kind not in _REPLACEABLE, ahead=kind == "stop")

    # --- From the hall ---

    def _from_hall(self, peer: str, request: str) -> None:
        body = encode(m.Stop(id=request, reason="on the STOP page in the hall"))
        self._to_motion(peer, m.Role.STAFF, m.Road.LOCAL, "stop", body)

    def _say_fault(self, detail: str) -> None:
        self._say(None, m.Lane.EVENT, "event", self._obituary.fault(detail))

    def _key_pressed(self) -> None:
        self._log.warning("agent.terminal_key")
        self._motion.send(ipc.LocalStop("a key on the robot's terminal"), lossless=True, ahead=True)

    # --- From the motion process ---

    def _from_motion(self, message: ipc.ToPeer) -> None:
        if message.to is not None and self._stop_page.is_page(message.to):
            self._stop_page.answered(message.to, message.body)
            return
        kind = kind_of(message.body)
        if kind == "status":
            self._obituary.remember(message.body)
            self._board.hear_status(message.body)
            self._stop_page.changed()
        elif kind == "telemetry":
            self._board.hear_telemetry(message.body)
        self._say(message.to, message.lane, kind, message.body)

    def _say(self, to: str | None, lane: m.Lane, kind: str, body: bytes) -> None:
        if self._media is not None:
            self._media.send(to, lane, body)
        self._link.send(to, lane, kind, body)

    def _ready(self, ready: ipc.Ready) -> None:
        self._tell_roster()
        if ready.profile is not None:
            self._link.introduce(ready.profile)
        elif not self._link.is_introduced:
            self._link.introduce(_unknown_robot(self._config))

    def _away(self, reason: str) -> None:
        event, status = self._obituary.event(reason), self._obituary.status(reason, bridge_up=self._link.is_up)
        self._board.motion_died(status)
        self._stop_page.changed()
        self._say(None, m.Lane.EVENT, "event", event)
        self._say(None, m.Lane.STATE, "status", status)

    def _close_gone(self) -> None:
        for peer, session in self._viewers.take_gone(now_ns=time.monotonic_ns()):
            self._signal(peer, m.RtcClose(id=session))

    async def _look_around(self) -> None:
        """Once a second: end the sessions of who is gone, and repeat that the motion process is away while it is."""
        while True:
            await asyncio.sleep(LOOK_PERIOD_S)
            self._close_gone()
            if not self._motion.is_up and self._obituary.reason is not None:
                body = self._obituary.status(self._obituary.reason, bridge_up=self._link.is_up)
                self._say(None, m.Lane.STATE, "status", body)

    # --- Media ---

    async def _run_media(self) -> None:
        """Keep the media plane running; a camera that fails is opened again."""
        while True:
            try:
                await self._serve_media()
            except* (DriverError, SetupError) as group:
                reason = str(_first_leaf(group))
                self._log.warning("camera.failed", reason=reason, retry_in_s=CAMERA_RETRY_S)
            await asyncio.sleep(CAMERA_RETRY_S)

    async def _serve_media(self) -> None:
        camera = await asyncio.to_thread(registry.open_camera, self._config.camera)
        self._media = MediaPlane(
            camera=camera,
            settings=self._config.video,
            ice_servers=self._config.ice_servers,
            on_message=self._from_channel,
            on_captured=self._captured,
        )
        try:
            await self._media.run()
        finally:
            self._media = None

    def _captured(self, rtp_time: int, captured_ns: int) -> None:
        self._motion.send(ipc.Captured(rtp_time, captured_ns))


def _refused(request: str, refusal: m.Refusal, detail: str) -> m.Ack:
    return m.Ack(id=request, verdict=m.Verdict.REFUSED, refusal=refusal, detail=detail)


def _unknown_robot(config: AgentConfig) -> m.RobotProfile:
    """Return what to say of a robot whose driver never opened: it cannot move."""
    return m.RobotProfile(model=f"{config.driver.get('kind')}"[:60], max_speed_mps=0, max_turn_radps=0, holonomic=False)


def _first_leaf(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first_leaf(first) if isinstance(first, BaseExceptionGroup) else first
