"""The process behind `stagebridge sim`: one stage, its clock, and everybody connected to it."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from robot_agent.motion import host
from simulator import stage_link as link
from simulator.clock import LockstepClock, make_clock
from simulator.config import SimConfig
from simulator.faults import Fault
from simulator.performer import Posture
from simulator.serial_side import SerialSide
from simulator.stage import STEP_NS, Stage
from teleop_core.errors import SetupError
from teleop_core.geometry import Pose2D, Twist
from teleop_core.wire.messages import StopLevel

PUBLISH_NS: Final = 10_000_000  # 100 Hz
MAX_STEPS: Final = 20_000  # in one request: 100 s
_STALE_BYTES: Final = 16 * 1024  # a reader this far behind misses states until it has caught up
_READ_BYTES: Final = 64 * 1024


async def run_stage(config: SimConfig, *, on_ready: Callable[[], None]) -> None:
    """Run the stage until cancelled; call `on_ready` once drivers, cameras and observers can connect.

    It asks to be prompt: it stands for a robot's own hardware, which no browser beside it would starve.

    Raises:
        SetupError: the socket's path is taken, too long, or cannot be made.

    """
    host.ask_to_be_prompt()
    stage = StageServer(config)
    await stage.run(on_ready=on_ready)


class StageServer:
    """Joins one `Stage` to a Unix socket and, when configured, to an emulated base on a pty."""

    def __init__(self, config: SimConfig) -> None:
        self._config = config
        self._stage = Stage(base=config.base, seed=config.seed)
        self._clock = make_clock(config, step_ns=STEP_NS)
        self._serial = SerialSide(Path(config.serial_link), self._stage) if config.serial_link is not None else None
        self._driver: asyncio.StreamWriter | None = None
        self._cameras: set[asyncio.StreamWriter] = set()
        self._face = link.NO_FACE
        self._acked = 0

    async def run(self, *, on_ready: Callable[[], None]) -> None:
        """Serve until cancelled."""
        with contextlib.ExitStack() as leaving:
            listening = _listen(Path(self._config.socket), leaving)
            if self._serial is not None:
                self._serial.plug_in()
                leaving.callback(self._serial.unplug)
            async with asyncio.TaskGroup() as tasks:

                def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                    if server.is_serving():
                        tasks.create_task(self._serve(reader, writer), name="stage-connection")
                    else:  # came while the stage was closing
                        writer.close()

                server = await asyncio.start_unix_server(accept, sock=listening)
                try:
                    on_ready()
                    await self._keep_time()
                finally:
                    server.close()

    async def _keep_time(self) -> None:
        next_ns = time.monotonic_ns()
        while True:
            self._advance(self._clock.steps_due(now_ns=time.monotonic_ns()))
            self._publish()
            next_ns = max(next_ns + PUBLISH_NS, time.monotonic_ns())
            await asyncio.sleep((next_ns - time.monotonic_ns()) / 1e9)

    def _advance(self, steps: int) -> None:
        for _ in range(steps):
            if self._serial is not None:
                self._serial.step()
            self._stage.step()

    def _publish(self) -> None:
        now_ns = time.monotonic_ns()
        if self._serial is not None:
            self._serial.obey_faults()
        if self._driver is not None and Fault.BASE_SILENT not in self._stage.faults:
            _post((self._driver,), self._report())
        if self._cameras:
            _post(self._cameras, self._scene(now_ns))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        deframer = link.Deframer(link.to_stage.decode)
        part: link.Part | None = None
        try:
            while chunk := await reader.read(_READ_BYTES):
                for message in deframer.feed(chunk):
                    if part is not None:
                        self._take(part, message, writer)
                        continue
                    part = self._attach(message, writer)
                    if part is None:
                        return
                await writer.drain()
        except (ConnectionError, msgspec.DecodeError):
            pass  # somebody who dies or talks nonsense is hung up on; the base keeps its own time limit
        finally:
            self._cameras.discard(writer)
            if self._driver is writer:
                self._driver = None
            if part is link.Part.FACE:
                self._show(link.NO_FACE)
            writer.close()

    def _attach(self, message: link.ToStage, writer: asyncio.StreamWriter) -> link.Part | None:
        if not isinstance(message, link.Attach):
            writer.write(link.framed(link.Refused(f"expected attach first, got {type(message).__name__}")))
            return None
        match message.part:
            case link.Part.DRIVER if self._serial is not None:
                writer.write(link.framed(link.Refused("this stage's base is driven over its serial port")))
                return None
            case link.Part.DRIVER if self._driver is not None:
                writer.write(link.framed(link.Refused("another driver is connected")))
                return None
            case link.Part.DRIVER:
                self._driver = writer
                self._acked = 0
                self._stage.halt(StopLevel.SETTLE)  # a base that is taken anew stands still
            case link.Part.CAMERA:
                self._cameras.add(writer)
            case link.Part.OBSERVER | link.Part.FACE:
                pass
        welcome = link.Welcome(
            base=self._config.base, seed=self._config.seed, step_ns=STEP_NS, layout=self._stage.layout
        )
        writer.write(link.framed(welcome))
        if message.part is link.Part.CAMERA:
            writer.write(link.framed(self._face))
        return message.part

    def _take(self, part: link.Part, message: link.ToStage, writer: asyncio.StreamWriter) -> None:
        match part, message:
            case link.Part.DRIVER, link.Velocity(seq=seq, twist=twist, ttl_ms=ttl_ms):
                self._acked = seq
                wanted = Twist(twist.vx_mps, twist.vy_mps, twist.wz_radps)
                self._stage.set_velocity(wanted, ttl_ms=ttl_ms)
            case link.Part.DRIVER, link.Halt(seq=seq, level=level):
                self._acked = seq
                self._stage.halt(level)
            case link.Part.DRIVER, link.Begin(seq=seq, name=name, run=run):
                self._acked = seq
                self._stage.begin_gesture(name, run=run)
            case link.Part.DRIVER, link.Cancel(seq=seq):
                self._acked = seq
                self._stage.performer.cut()
            case link.Part.DRIVER, link.Carry(seq=seq, pan_rad=pan_rad, talk=talk):
                self._acked = seq
                self._stage.performer.carry(pan_rad=pan_rad, talk=talk)
            case link.Part.FACE, link.Face():
                self._show(message)
            case link.Part.OBSERVER, (
                link.Attach()
                | link.Velocity()
                | link.Halt()
                | link.Begin()
                | link.Cancel()
                | link.Carry()
                | link.Face()
            ):
                writer.write(link.framed(link.Refused("an observer does not drive")))
            case link.Part.OBSERVER, request:
                refusal = self._do(request)
                answer = link.Refused(refusal) if refusal is not None else self._truth(time.monotonic_ns())
                writer.write(link.framed(answer))
            case _:
                raise msgspec.DecodeError(f"a {part.value} does not send {type(message).__name__}")

    def _show(self, face: link.Face) -> None:
        """Have the cameras see this face.

        Raises:
            msgspec.DecodeError: it has not as many pixels as it says.

        """
        if len(face.pixels) != 3 * face.width_px * face.height_px:
            raise msgspec.DecodeError(
                f"expected {face.width_px} by {face.height_px} pixels, got {len(face.pixels)} bytes"
            )
        self._face = face
        _post(self._cameras, face)

    def _do(self, request: link.ToStage) -> str | None:
        """Carry out an observer's request; return why not, if not."""
        match request:
            case link.Step(steps=steps):
                if not isinstance(self._clock, LockstepClock):
                    return f"the clock is {self._config.clock!r}: only a lock-step stage is stepped"
                if not 0 <= steps <= MAX_STEPS:
                    return f"expected 0..{MAX_STEPS} steps, got {steps}"
                self._advance(steps)
                self._publish()
            case link.Place(pose=pose):
                self._stage.place(Pose2D(pose.x_m, pose.y_m, pose.heading_rad))
            case link.Push(vx_mps=vx_mps, vy_mps=vy_mps):
                self._stage.push(vx_mps, vy_mps)
            case link.SetFault(fault=fault, on=on):
                self._stage.set_fault(fault, on=on)
                if self._serial is not None:
                    self._serial.obey_faults()
            case link.SetBattery(charge=charge):
                self._stage.plant.charge = max(0.0, min(1.0, charge))
            case link.PressStop(pressed=pressed):
                self._stage.plant.stop_pressed = pressed
            case _:
                pass
        return None

    def _report(self) -> link.BaseReport:
        plant = self._stage.plant
        return link.BaseReport(
            acked=self._acked,
            odometry=_pose(plant.odometry),
            twist=_motion(plant.twist),
            battery=plant.battery,
            tilt_rad=plant.tilt_rad,
            faults=self._stage.base_faults,
            stop_pressed=plant.stop_pressed,
            performing=self._performing(),
        )

    def _performing(self) -> link.Performing | None:
        now = self._stage.performer.performance
        return None if now is None else link.Performing(now.run, now.name, now.progress, now.outcome, now.detail)

    def _scene(self, now_ns: int) -> link.Scene:
        return link.Scene(
            stage_ns=self._stage.now_ns,
            monotonic_ns=now_ns,
            robot=_pose(self._stage.plant.pose),
            people=self._people(),
            fallen=self._stage.fallen,
            stalled=Fault.CAMERA_STALLED in self._stage.faults,
            repeats=Fault.CAMERA_REPEATS in self._stage.faults,
            posture=_posture(self._stage.performer.posture),
        )

    def _truth(self, now_ns: int) -> link.Truth:
        stage, plant = self._stage, self._stage.plant
        return link.Truth(
            stage_ns=stage.now_ns,
            monotonic_ns=now_ns,
            pose=_pose(plant.pose),
            odometry=_pose(plant.odometry),
            twist=_motion(plant.twist),
            target=_motion(plant.target),
            speed_mps=plant.speed_mps,
            path_m=stage.path_m,
            still_for_ns=None if stage.still_since_ns is None else stage.now_ns - stage.still_since_ns,
            fallen=stage.fallen,
            battery=plant.battery,
            driven=self._driver is not None or (self._serial is not None and self._serial.is_driven),
            people=self._people(),
            events=tuple(stage.events),
            faults=tuple(sorted(stage.faults, key=lambda fault: fault.value)),
            performing=self._performing(),
            posture=_posture(stage.performer.posture),
            trace_hash=stage.trace_hash,
        )

    def _people(self) -> tuple[link.Pose, ...]:
        return tuple(link.Pose(one.x_m, one.y_m, one.heading_rad) for one in self._stage.people)


def _pose(pose: Pose2D) -> link.Pose:
    return link.Pose(pose.x_m, pose.y_m, pose.heading_rad)


def _posture(posture: Posture) -> link.Posture:
    return link.Posture(posture.left_arm_rad, posture.right_arm_rad, posture.bend_rad, posture.pan_rad)


def _motion(twist: Twist) -> link.Motion:
    return link.Motion(twist.vx_mps, twist.vy_mps, twist.wz_radps)


def _post(writers: Iterable[asyncio.StreamWriter], message: link.FromStage) -> None:
    """Send a state to all who keep up; it is worth nothing to those who do not."""
    frame = link.framed(message)
    for writer in writers:
        if not writer.is_closing() and writer.transport.get_write_buffer_size() < _STALE_BYTES:
            writer.write(frame)


def _listen(path: Path, leaving: contextlib.ExitStack) -> socket.socket:
    """Return a socket bound to `path`, which is removed on leaving.

    Raises:
        SetupError: the path is taken, too long, or cannot be made.

    """
    _make_room(path)
    listening = leaving.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    try:
        listening.bind(str(path))
    except OSError as exc:
        raise SetupError(f"cannot listen at {path}: {exc.strerror or exc}; choose another [sim] socket") from exc
    leaving.callback(path.unlink, missing_ok=True)
    return listening


def _make_room(path: Path) -> None:
    """Remove a socket that nobody listens at any more.

    Raises:
        SetupError: another stage listens there, or something else than a socket is in the way.

    """
    if not path.exists():
        return
    if not path.is_socket():
        raise SetupError(f"{path} is in the way and is no socket; choose another [sim] socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise SetupError(f"another simulated stage runs at {path}; end it, or choose another [sim] socket")
