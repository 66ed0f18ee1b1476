"""A stand for the real motion process: the test is its agent, its presenter and its staff, the robot a recorder."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from robot_agent.config import MotionConfig, MotionSettings
from robot_agent.motion import ipc
from teleop_core.wire import messages as m
from teleop_core.wire.codec import decode_to_person, encode

CHECKOUT: Final = Path(__file__).parents[2]
PATIENCE_S: Final = 15.0  # a bound for a busy machine, never the figure under test
PRESENTER: Final = "invite.presenter"
STAFF: Final = "invite.staff"


def plug_in_path(folder: Path) -> str:
    """Install the recording robot as a plug-in named `recorder` in `folder`; return the PYTHONPATH to find it."""
    metadata = folder / "recording_robot-1.0.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: recording-robot\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[stagebridge.drivers]\nrecorder = tests.robot_agent.recording_robot:open_driver\n"
        "[stagebridge.cameras]\nblack = tests.robot_agent.black_camera:open_camera\n"
        "broken = tests.robot_agent.broken_camera:open_camera\n"
        "[stagebridge.sounds]\nbroken = tests.robot_agent.broken_sound:open_sound\n"
        "[stagebridge.stop_inputs]\nfile = tests.robot_agent.file_contact:open_contact\n"
    )
    return os.pathsep.join([str(folder), str(CHECKOUT)])


def lines_of(record: Path) -> list[dict[str, Any]]:
    """Return what the recording robot wrote, leaving out a line that is being written."""
    if not record.exists():
        return []
    return [json.loads(line) for line in record.read_text().splitlines(keepends=True) if line.endswith("\n")]


def speeds_of(record: Path) -> list[float]:
    """Return each forward speed that the recording robot was told, in m/s."""
    return [line["vx"] for line in lines_of(record)]


@dataclass
class MotionStand:
    """One motion process, started as the agent starts it."""

    folder: Path
    settings: MotionSettings = field(default_factory=MotionSettings)
    state_dir: Path = field(init=False)
    record: Path = field(init=False)

    def __post_init__(self) -> None:
        self.state_dir = self.folder / "state"
        self.record = self.folder / "record.jsonl"
        self.ready: ipc.Ready | None = None
        self.unfit: str | None = None
        self.telemetry: m.Telemetry | None = None
        self.status: m.Status | None = None
        self.answers: dict[str, m.Ack | m.StopAck] = {}
        self.events: list[m.Event] = []
        self.is_beating = True
        self._ids = itertools.count(1)
        self._seq = itertools.count(1)
        self.driver: dict[str, object] = {"kind": "recorder", "record": str(self.record)}
        self.stop_inputs: tuple[dict[str, object], ...] = ()

    def start(self) -> None:
        ours, theirs = ipc.socket_pair()
        environment = os.environ | {"PYTHONPATH": plug_in_path(self.folder)}
        self.log = self.folder / "motion.log"
        with theirs, self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "robot_agent.motion", "--ipc-fd", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                env=environment,
            )
        self.channel = ipc.agent_end(ours)
        self.channel.send(
            ipc.Configure(
                MotionConfig(
                    robot="recorder",
                    state_dir=str(self.state_dir),
                    driver=self.driver,
                    motion=self.settings,
                    stop_inputs=self.stop_inputs,
                )
            )
        )

    def close(self) -> None:
        """Whatever the test did, leave no process behind."""
        self.channel.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

    # --- Being the agent ---

    def turn(self) -> None:
        """Do 10 ms of an agent's life."""
        if self.is_beating:
            self.channel.flush()
            self.channel.send(ipc.Heartbeat(bridge_up=True))
        self.listen()
        time.sleep(0.010)

    def listen(self) -> None:
        while (frame := self.channel.receive()) is not None:
            match frame:
                case ipc.Ready():
                    self.ready = frame
                case ipc.Unfit(detail=detail):
                    self.unfit = detail
                case ipc.ToPeer(body=body):
                    self._heard(body)

    def _heard(self, body: bytes) -> None:
        match decode_to_person(body):
            case m.Telemetry() as telemetry:
                self.telemetry = telemetry
            case m.Status() as status:
                self.status = status
            case (m.Ack() | m.StopAck()) as answer:
                self.answers[answer.id] = answer
            case m.Event() as event:
                self.events.append(event)
            case other:
                raise AssertionError(f"unexpected: {other}")

    def until(self, condition: Callable[[], bool], doing: Callable[[], None] | None = None) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, f"not in {PATIENCE_S} s: {self.status}; {self.log.read_text()[-2000:]}"
            if doing is not None:
                doing()
            self.turn()

    def until_ready(self) -> None:
        self.until(lambda: self.ready is not None and self.status is not None and self.telemetry is not None)

    def until_exit(self) -> int:
        """Be silent and wait for the process to go by itself; return its exit status."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.log.read_text()[-2000:]
            self.listen()
            time.sleep(0.010)
        return self.process.returncode

    # --- Being people ---

    def say(self, message: m.FromPerson, *, peer: str = PRESENTER, role: m.Role = m.Role.PRESENTER) -> None:
        self.send_body(encode(message), peer=peer, role=role)

    def send_body(self, body: bytes, *, peer: str = PRESENTER, role: m.Role = m.Role.PRESENTER) -> None:
        self.channel.send(ipc.FromPeer(peer, role, m.Road.BRIDGE, body), lossless=True)

    def ask(self, build: Callable[[str], m.FromPerson], *, staff: bool = False) -> m.Ack | m.StopAck:
        """Send a request and return its acknowledgement."""
        request = f"q{next(self._ids)}"
        peer, role = (STAFF, m.Role.STAFF) if staff else (PRESENTER, m.Role.PRESENTER)
        self.say(build(request), peer=peer, role=role)
        self.until(lambda: request in self.answers)
        return self.answers[request]

    def reset(self) -> None:
        prepared = self.ask(lambda request: m.ResetPrepare(id=request), staff=True)
        assert isinstance(prepared, m.Ack)
        assert prepared.verdict is m.Verdict.DONE, prepared
        self.until(lambda: self.status is not None and self.status.reset is not None)
        assert self.status is not None
        assert self.status.reset is not None
        code = self.status.reset.code
        answer = self.ask(lambda request: m.ResetConfirm(id=request, code=code), staff=True)
        assert isinstance(answer, m.Ack)
        assert answer.verdict is m.Verdict.DONE, answer

    def drive(self, vx_mps: float, *, dead_man: bool = True) -> None:
        """Send one drive command that knows the newest beacon and picture."""
        assert self.telemetry is not None
        rtp_time = next(self._seq)
        if rtp_time % 10 == 0:
            renewal = m.LeaseRenew(epoch=self.telemetry.epoch, fence=self.telemetry.fence, seq=rtp_time)
            self.say(renewal)
        self.channel.send(ipc.Captured(rtp_time, time.monotonic_ns() - 5_000_000))
        self.say(
            m.Drive(
                epoch=self.telemetry.epoch,
                fence=self.telemetry.fence,
                seq=rtp_time,
                dead_man=dead_man,
                vx_mps=vx_mps,
                vy_mps=0.0,
                wz_radps=0.0,
                beacon=self.telemetry.tick,
                picture=rtp_time,
            )
        )

    def hold(self, vx_mps: float) -> None:
        """Hold the dead-man, and let go for a while whenever the robot asks for that: this machine may be slow."""
        assert self.telemetry is not None
        lets_go = self.telemetry.limit is m.Limit.NOT_NEUTRAL
        self.drive(0.0 if lets_go else vx_mps, dead_man=not lets_go)

    def bring_to_speed(self, vx_mps: float = 0.4) -> None:
        """Reset, get the lease, re-arm and drive until the robot was told that speed."""
        self.until_ready()
        self.until(lambda: self.telemetry is not None and self.telemetry.measured is not None)
        self.channel.send(
            ipc.Present(
                (
                    m.Peer(id=PRESENTER, role=m.Role.PRESENTER, name="Presenter"),
                    m.Peer(id=STAFF, role=m.Role.STAFF, name="Staff"),
                )
            )
        )
        self.reset()
        self.ask(lambda request: m.LeaseRequest(id=request))
        self.until(lambda: self.telemetry is not None and self.telemetry.driver == PRESENTER)
        self.until(
            lambda: (speeds_of(self.record) or [0.0])[-1] >= vx_mps - 1e-9,  # a test looks at how it falls from there
            lambda: self.hold(vx_mps),
        )


@contextmanager
def motion_stand(folder: Path, **settings: object) -> Iterator[MotionStand]:
    """Run a motion process for the length of a test."""
    stand = MotionStand(folder, settings=MotionSettings(**settings))  # type: ignore[arg-type]  # keys of one table
    stand.start()
    try:
        yield stand
    finally:
        stand.close()
