"""The whole system in one folder: stage, bridge, robot agent and motion process as child processes, on one host.

`async with Rig(RigOptions())` starts all of it in parallel and leaves nothing behind, also after half a start.
The demo, its check and the system tests all run on it; the children are the same commands that a user starts.
"""

import asyncio
import contextlib
import json
import os
import random
import secrets
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from simulator import processes
from simulator.guest_list import GuestList, Invite
from simulator.layout import StageLayout
from simulator.processes import Child
from simulator.rig_folder import RigFolder, Tables, merged
from simulator.stage_client import AsyncStageClient
from teleop_core.errors import SetupError
from teleop_core.wire.messages import Role

START_S: Final = 20.0
STOP_S: Final = 3.0
KEEP_OFF_M: Final = 0.45  # of the floor's edges: its radius, and what its odometry may drift
_POLL_S: Final = 0.02
_OWN_PORTS: Final = range(20_000, 32_000)  # below the range of outgoing connections

Part = Literal["sim", "bridge", "robot"]
PARTS: Final[tuple[Part, ...]] = ("sim", "bridge", "robot")


@dataclass(frozen=True, kw_only=True)
class RigOptions:
    """What to start. `changes` are laid over the configuration file that the rig writes."""

    robot: Literal["sim", "serial"] = "sim"
    base: Literal["differential", "holonomic"] = "differential"
    seed: int = 1
    host: str = "127.0.0.1"
    port: int = 0  # 0: whichever is free
    public_url: str | None = None
    robot_name: str = "stage-1"
    traced: bool = False  # whether the motion process writes what arrives and what it applies
    edges: bool = True  # whether the robot knows where the stage ends
    front_camera: bool = False  # whether a second camera looks at the stage from the front
    voice: bool = False  # whether the robot has a microphone and a loudspeaker
    face: bool = False  # whether the robot has a face display
    interlude: bool = False  # whether it looks after its audience while the link is away
    show: Path | None = None  # the file of the show that is loaded; with one, it looks after its audience as well
    changes: Tables = field(default_factory=dict)
    environ: tuple[tuple[str, str], ...] = ()  # more variables for the children
    before: Mapping[Part, Sequence[str]] = field(default_factory=dict)  # words before a part's command: its room


class Rig:
    """The running system. Everything but `start` and `stop` expects it to run.

    Raises:
        SetupError: a part did not get ready; the message carries the end of its log.

    """

    def __init__(self, options: RigOptions | None = None) -> None:
        self.options = options or RigOptions()
        self.mark = secrets.token_hex(8)
        self.port = _free_port(self.options.host, self.options.port)
        self.folder = RigFolder()
        self._children: dict[Part, Child] = {}
        self._stage: AsyncStageClient | None = None
        self.is_clean = False  # whether it was stopped and nothing is left running

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start all parts at once and wait until a presenter could come in."""
        key = secrets.token_urlsafe(32)
        self.folder.write_config(self._tables(key))
        async with GuestList.open(self.folder.database) as guests:
            await guests.enrol(self.options.robot_name, key)
        for part in PARTS:
            self.launch(part)
        await self.until_ready()
        self._stage = await AsyncStageClient.open(str(self.folder.stage_socket))

    async def stop(self) -> bool:
        """Stop all parts in order, within bounds; return `is_clean`. A cancellation waits until that is done."""
        stopping = asyncio.create_task(self._stop(), name="rig-stop")
        cancelled: asyncio.CancelledError | None = None
        while not stopping.done():
            try:
                await asyncio.shield(stopping)
            except asyncio.CancelledError as exc:
                cancelled = exc
        stopping.result()
        if cancelled is not None:
            raise cancelled
        return self.is_clean

    async def _stop(self) -> None:
        if self._stage is not None:
            await self._stage.close()
            self._stage = None
        outer = [self._children[part] for part in ("robot", "bridge") if part in self._children]
        await asyncio.gather(*(child.stop(within_s=STOP_S) for child in outer))
        await self._motion_ended(within_s=STOP_S)
        if "sim" in self._children:
            await self._children["sim"].stop(within_s=STOP_S)
        processes.kill_marked(self.mark)
        self.is_clean = await processes.none_marked(self.mark, within_s=STOP_S)
        self.folder.remove()

    # --- Where things are ---

    @property
    def url(self) -> str:
        """Where the pages are, on this host."""
        host = "127.0.0.1" if self.options.host in {"0.0.0.0", "::"} else self.options.host  # noqa: S104 -- compared only
        return f"http://{host}:{self.port}"

    @property
    def ws_url(self) -> str:
        """Where the WebSocket is."""
        return self.url.replace("http", "ws", 1) + "/ws"

    @property
    def stage(self) -> AsyncStageClient:
        """The stage as it truly is."""
        if self._stage is None:
            raise SetupError("the rig does not run: expected it to be started")
        return self._stage

    async def invite(self, role: Role, name: str = "", *, base_url: str | None = None) -> Invite:
        """Make an invite to the robot's room, by another door than the bridge's own where `base_url` names one."""
        base = (base_url or self.options.public_url or self.url).rstrip("/")
        async with GuestList.open(self.folder.database) as guests:
            return await guests.invite(
                role=role, robot=self.options.robot_name, name=name or role.value.title(), base_url=base
            )

    async def stop_page(self, *, within_s: float = START_S) -> str:
        """Return the link of the STOP page that the robot's agent serves, with its PIN in the fragment."""
        await self._until("the hall's STOP page", self.folder.stop_page_link.exists, within_s=within_s)
        return self.folder.stop_page_link.read_text(encoding="utf-8").strip()

    # --- The parts ---

    def child(self, part: Part) -> Child:
        """Return the newest process of `part`."""
        return self._children[part]

    def ended_part(self) -> Child | None:
        """Return a part that does not run any more, None while all do."""
        return next((child for child in self._children.values() if child.exit_status is not None), None)

    def launch(self, part: Part) -> Child:
        """Start `part` (again)."""
        argv = [*self.options.before.get(part, ()), sys.executable, "-m", "stagebridge", part]
        argv += ["--config", str(self.folder.config)]
        extra = dict(self.options.environ)
        child = Child(part, argv, mark=self.mark, log=self.folder.log(part), extra=extra)
        self._children[part] = child
        return child

    async def restart(self, part: Part, *, gently: bool = True) -> None:
        """End `part`, with SIGKILL unless `gently`, start it again and wait until all is ready."""
        child = self.child(part)
        if gently:
            await child.stop(within_s=STOP_S)
        else:
            child.kill()
        self.launch(part)
        await self.until_ready()

    async def mend(self) -> None:
        """Start again whatever part has ended, and wait until all is ready."""
        for part, child in list(self._children.items()):
            if child.exit_status is not None:
                self.launch(part)
        await self.until_ready()

    def motion_pids(self) -> list[int]:
        """Return the ids of the motion processes that live, normally one."""
        return [pid for pid in processes.marked(self.mark) if "robot_agent.motion" in processes.command_line(pid)]

    def signal_motion(self, number: signal.Signals) -> None:
        """Send a signal to the motion process."""
        for pid in self.motion_pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    async def until_ready(self, *, within_s: float = START_S) -> None:
        """Wait until the stage answers, the bridge serves and the robot is in its room."""
        await self._until("the simulated stage", self._stage_answers, within_s=within_s)
        await self._until("the bridge with the robot", self._robot_is_in, within_s=within_s)

    async def _until(self, what: str, true: Callable[[], bool], *, within_s: float) -> None:
        deadline = time.monotonic() + within_s
        while not await asyncio.to_thread(true):
            if (ended := self.ended_part()) is not None:
                raise SetupError(
                    f"{ended.name} ended with status {ended.exit_status} while it started:\n{ended.tail()}"
                )
            if time.monotonic() >= deadline:
                tails = "\n".join(f"--- {child.name}\n{child.tail()}" for child in self._children.values())
                raise SetupError(f"expected {what} within {within_s:g} s; the ends of the logs:\n{tails}")
            await asyncio.sleep(_POLL_S)

    def _stage_answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            return probe.connect_ex(str(self.folder.stage_socket)) == 0

    def _robot_is_in(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=1.0) as answer:  # noqa: S310 -- http, our own
                health = json.load(answer)
        except (OSError, ValueError):
            return False
        return bool(health.get("robots_online", health.get("robots", 0)))

    async def _motion_ended(self, *, within_s: float) -> None:
        deadline = time.monotonic() + within_s
        while self.motion_pids() and time.monotonic() < deadline:  # noqa: ASYNC110 -- /proc tells nobody
            await asyncio.sleep(_POLL_S)

    def _tables(self, key: str) -> dict[str, dict[str, object]]:
        folder, options = self.folder, self.options
        is_serial = options.robot == "serial"
        sim: dict[str, object] = {"socket": folder.stage_socket, "base": options.base, "seed": options.seed}
        driver: dict[str, object] = {"kind": "sim", "socket": folder.stage_socket}
        if is_serial:
            sim["serial_link"] = folder.serial_link
            driver = {"kind": "serial", "port": folder.serial_link}
        front = {"kind": "sim", "socket": folder.stage_socket, "name": "front", "view": "front", "rate_hz": 15.0}
        motion: dict[str, object] = {"trace": folder.motion_trace} if options.traced else {}
        if options.edges:
            motion["area"] = {"corners": StageLayout().floor.inset(KEEP_OFF_M).corners}
        tables: dict[str, dict[str, object]] = {
            "bridge": {
                "host": options.host,
                "port": self.port,
                "public_url": options.public_url or self.url,
                "database": folder.database,
            },
            "robot": {
                "name": options.robot_name,
                "bridge_url": self.ws_url,
                "key": key,
                "state_dir": folder.robot_state,
                "driver": driver,
                "camera": {"kind": "sim", "socket": folder.stage_socket, "name": "head"},
                "cameras": [front] if options.front_camera else [],
                "motion": motion,
                "local_stop": {"host": options.host, "port": 0},
            },
            "sim": sim,
        }
        if options.voice:
            tables["robot"]["voice"] = {"sound": {"kind": "sim"}}
        if options.face:
            tables["robot"]["face"] = {"kind": "sim", "socket": folder.stage_socket}
        if options.interlude or options.show is not None:
            tables["robot"]["show"] = {} if options.show is None else {"file": options.show.resolve()}
        return merged(tables, options.changes)


def _free_port(host: str, port: int) -> int:
    """Return `port`, or for 0 any that is free and that the kernel gives to no outgoing connection meanwhile.

    Raises:
        SetupError: it cannot be listened on.

    """
    reason: str | None = None
    for candidate in [port] if port else random.sample(_OWN_PORTS, 20):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError as exc:
                reason = exc.strerror
                continue
            return candidate
    what = f"port {port} of {host}" if port else f"any port of {host}"
    raise SetupError(f"cannot listen on {what}: {reason}; choose another with --port, or end what uses it")
