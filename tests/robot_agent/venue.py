"""A bridge played by the test, the real agent and motion process behind it, and the recording robot at the end."""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from robot_agent.local_stop.server import LINK_FILE
from simulator.viewer import Shown, Viewer, until_open
from teleop_core.wire import codec
from teleop_core.wire import messages as m
from tests.robot_agent.stand import PRESENTER, STAFF, plug_in_path, speeds_of

KEY: Final = "a-key-that-must-never-show-up"
PATIENCE_S: Final = 20.0  # a bound for a busy machine, never the figure under test
PEERS: Final = (
    m.Peer(id=PRESENTER, role=m.Role.PRESENTER, name="Presenter"),
    m.Peer(id=STAFF, role=m.Role.STAFF, name="Staff"),
)


@dataclass
class Venue:
    """What the played bridge knows, and the agent's process."""

    folder: Path
    hellos: list[m.RobotHello] = field(default_factory=list)
    statuses: list[m.Status] = field(default_factory=list)
    events: list[m.Event] = field(default_factory=list)
    answers: dict[str, m.Ack | m.StopAck | m.RtcAnswer] = field(default_factory=dict)
    telemetry: m.Telemetry | None = None
    cameras: m.Cameras | None = None
    direct: int = 0  # frames that came over the data channel
    refuse_with: int | None = None
    is_answering: bool = True
    terminal: int | None = None  # the agent's
    stop_port: int = 0
    sound: dict[str, str] | None = None
    other_camera: dict[str, str] | None = None
    sounds: list[m.Sound] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.record = self.folder / "record.jsonl"
        self.state_dir = self.folder / "state"
        self.log = self.folder / "agent.log"
        self._robot: ServerConnection | None = None
        self._ids = itertools.count(1)
        self._seq = itertools.count(1)
        self._picture: int | None = None
        self._server: Server | None = None
        self.viewer: Viewer | None = None
        self.roads = frozenset({m.Road.BRIDGE})
        self.port = 0

    # --- The bridge ---

    async def open(self) -> None:
        self._server = await serve(self._serve, "127.0.0.1", self.port, compression=None, ping_interval=None)
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def shut(self) -> None:
        """Let the bridge die: no goodbye, nobody listens."""
        assert self._server is not None
        if self._robot is not None:
            self._robot.transport.abort()
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, robot: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            hello = codec.decode_hello(await robot.recv(decode=False))
            assert isinstance(hello, m.RobotHello)
            self.hellos.append(hello)
            if self.refuse_with is not None:
                await robot.close(self.refuse_with, "no")
                return
            welcome = m.Welcome(
                version=1, robot=hello.robot, you=None, ice_servers=(), profile=hello.profile, server_unix_ms=0
            )
            await robot.send(codec.encode(welcome), text=True)
            await robot.send(codec.encode(m.Roster(robot_online=True, profile=hello.profile, peers=PEERS)), text=True)
            self._robot = robot
            while True:
                message = codec.decode_from_robot(await robot.recv(decode=False))
                if isinstance(message, m.ToPeer):
                    self._heard(bytes(message.body))
                elif self.is_answering:
                    await robot.send(codec.encode(m.Pong(id=message.id)), text=True)

    def _heard(self, body: bytes) -> None:
        match codec.decode_to_person(body):
            case m.Telemetry() as telemetry:
                self.telemetry = telemetry
            case m.Status() as status:
                self.statuses.append(status)
            case (m.Ack() | m.StopAck() | m.RtcAnswer()) as answer:
                self.answers[answer.id] = answer
            case m.Sound() as sound:
                self.sounds.append(sound)
            case m.Event() as event:
                self.events.append(event)
            case m.Cameras() as cameras:
                self.cameras = cameras
            case m.PictureTimes() | m.Readiness() | m.Speech():
                pass
            case other:
                raise AssertionError(f"unexpected: {other}")

    def _heard_directly(self, body: bytes) -> None:
        self.direct += 1
        self._heard(body)

    @property
    def status(self) -> m.Status | None:
        return self.statuses[-1] if self.statuses else None

    # --- The agent ---

    def start_agent(self) -> None:
        config = {
            "name": "recorder",
            "bridge_url": f"ws://127.0.0.1:{self.port}/ws",
            "key": KEY,
            "state_dir": str(self.state_dir),
            "driver": {"kind": "recorder", "record": str(self.record)},
            "camera": {"kind": "black"},
            "cameras": [] if self.other_camera is None else [self.other_camera],
            "local_stop": {"host": "127.0.0.1", "port": self.stop_port},
            "voice": {"sound": self.sound},
        }
        file = self.folder / "agent.json"
        file.write_text(json.dumps(config))
        with self.log.open("ab") as log:
            self.agent = subprocess.Popen(
                [sys.executable, "-m", "tests.robot_agent.run_robot", str(file)],
                stdin=subprocess.DEVNULL if self.terminal is None else self.terminal,
                stderr=log,
                start_new_session=self.terminal is not None,  # it makes the terminal its own
                env=os.environ | {"PYTHONPATH": plug_in_path(self.folder)},
            )

    def motion_pids(self) -> list[int]:
        """Return the motion processes that the agent started, oldest first, from its log."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [int(line["pid"]) for line in lines if line["event"] == "motion.running"]

    def motion_pid(self) -> int:
        """Return the newest motion process."""
        return self.motion_pids()[-1]

    async def close(self) -> None:
        if self.viewer is not None:
            await self.viewer.close()
        if self.agent.poll() is None:
            self.agent.send_signal(signal.SIGCONT)
            self.agent.terminate()
        await self.until(lambda: self.agent.poll() is not None)
        await self.until(lambda: not any(is_alive(pid) for pid in self.motion_pids()))
        await self.shut()

    async def stop_page(self) -> str:
        """Return the link of the agent's STOP page."""
        file = self.state_dir / LINK_FILE
        await self.until(file.exists)
        return file.read_text().strip()

    # --- People ---

    async def until(self, condition: Callable[[], bool], doing: Callable[[], object] | None = None) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    if doing is not None:
                        doing()
                    await asyncio.sleep(0.01)
        except TimeoutError as exc:
            raise AssertionError(f"not in {PATIENCE_S} s: {self.status}; {self.log.read_text()[-3000:]}") from exc

    async def until_in(self) -> None:
        """Wait until the robot is in and says how it is."""
        await self.until(lambda: self.telemetry is not None and self.telemetry.measured is not None)
        await self.until(lambda: self.status is not None and self.status.bridge_up)
        await self.until(lambda: bool(self.motion_pids()))

    async def say(self, message: m.FromPerson, *, peer: str = PRESENTER, role: m.Role = m.Role.PRESENTER) -> None:
        assert self._robot is not None
        envelope = m.FromPeer(peer=peer, role=role, body=msgspec.Raw(codec.encode(message)))
        await self._robot.send(codec.encode(envelope), text=True)

    async def ask(
        self, build: Callable[[str], m.FromPerson], *, staff: bool = False
    ) -> m.Ack | m.StopAck | m.RtcAnswer:
        request = f"q{next(self._ids)}"
        peer, role = (STAFF, m.Role.STAFF) if staff else (PRESENTER, m.Role.PRESENTER)
        await self.say(build(request), peer=peer, role=role)
        await self.until(lambda: request in self.answers)
        return self.answers[request]

    async def watch(self) -> None:
        """Open the presenter's WebRTC session and wait for the first picture."""
        self.viewer = Viewer(on_shown=self._showed, on_message=self._heard_directly)
        offer = await self.viewer.offer()
        answer = await self.ask(lambda request: m.RtcOffer(id=request, sdp=offer))
        assert isinstance(answer, m.RtcAnswer), answer
        self._watching = asyncio.create_task(self.viewer.watch(answer.sdp))
        assert await until_open(self.viewer, within_s=PATIENCE_S)
        await self.until(lambda: self._picture is not None)

    def _showed(self, shown: Shown) -> None:
        self._picture = shown.rtp_time

    async def reset(self) -> None:
        await self.until(lambda: self.telemetry is not None and self.telemetry.state is m.RobotState.STOPPED)
        await self.ask(lambda request: m.ResetPrepare(id=request), staff=True)
        await self.until(lambda: self.status is not None and self.status.reset is not None)
        assert self.status is not None
        assert self.status.reset is not None
        code = self.status.reset.code
        answer = await self.ask(lambda request: m.ResetConfirm(id=request, code=code), staff=True)
        assert isinstance(answer, m.Ack)
        assert answer.verdict is m.Verdict.DONE, answer

    def drive(self, vx_mps: float, *, dead_man: bool = True) -> None:
        """Send one drive command over the roads that are used, and now and then a renewal."""
        assert self.telemetry is not None
        seq = next(self._seq)
        epoch, fence = self.telemetry.epoch, self.telemetry.fence
        messages: list[m.FromPerson] = [
            m.Drive(
                epoch=epoch,
                fence=fence,
                seq=seq,
                dead_man=dead_man,
                vx_mps=vx_mps,
                vy_mps=0.0,
                wz_radps=0.0,
                beacon=self.telemetry.tick,
                picture=self._picture,
            )
        ]
        if seq % 20 == 0:
            messages.append(m.LeaseRenew(epoch=epoch, fence=fence, seq=seq))
        for message in messages:
            if m.Road.DIRECT in self.roads and self.viewer is not None:
                self.viewer.send(codec.encode(message))
            if m.Road.BRIDGE in self.roads and self._robot is not None:
                envelope = m.FromPeer(peer=PRESENTER, role=m.Role.PRESENTER, body=msgspec.Raw(codec.encode(message)))
                task = asyncio.ensure_future(self._robot.send(codec.encode(envelope), text=True))
                task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def hold(self, vx_mps: float) -> None:
        """Hold the dead-man, and let go for a while whenever the robot asks for that: this machine may be slow."""
        assert self.telemetry is not None
        lets_go = self.telemetry.limit is m.Limit.NOT_NEUTRAL
        self.drive(0.0 if lets_go else vx_mps, dead_man=not lets_go)

    async def bring_to_speed(self, vx_mps: float = 0.4) -> None:
        """Come in, watch, reset, get the lease, re-arm, and drive until the robot was told that speed."""
        await self.until_in()
        await self.watch()
        await self.reset()
        await self.ask(lambda request: m.LeaseRequest(id=request))
        await self.until(lambda: self.telemetry is not None and self.telemetry.driver == PRESENTER)
        await self.until(lambda: (speeds_of(self.record) or [0.0])[-1] >= vx_mps * 0.99, lambda: self.hold(vx_mps))


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rsplit(")", 1)[1].split()[0] not in {"Z", "X"}


@asynccontextmanager
async def venue(
    folder: Path,
    *,
    terminal: int | None = None,
    stop_port: int = 0,
    sound: dict[str, str] | None = None,
    other_camera: dict[str, str] | None = None,
) -> AsyncIterator[Venue]:
    """Open a bridge and start an agent that dials it."""
    made = Venue(folder, terminal=terminal, stop_port=stop_port, sound=sound, other_camera=other_camera)
    await made.open()
    made.start_agent()
    try:
        yield made
    finally:
        await made.close()
