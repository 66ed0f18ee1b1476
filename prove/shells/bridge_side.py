"""A bridge: the real gate, handshake, seats and rooms, as one process that drains, dies and comes back empty."""

from collections.abc import Collection
from typing import Any, Final, NamedTuple, cast

import structlog

from bridge.audit import AuditLog
from bridge.config import BridgeConfig
from bridge.credentials import hash_of
from bridge.directory import InviteRecord, RobotRecord
from bridge.fabric.local import LocalFabric
from bridge.gate import Gate
from bridge.metrics import BridgeMetrics
from bridge.seats import Seats
from prove.clock import NOBODY, Process, VirtualLoop
from prove.shells.lines import Line, ServerEnd
from teleop_core.room import no_ice_servers
from teleop_core.wire import messages as m

ROBOT: Final = "stage-1"
KEY: Final = "the-key-of-stage-1"
METRICS: Final = BridgeMetrics()
FAR_AWAY_UNIX_MS: Final = 2**52
DRAIN_S: Final = 1.0


def token_of(invite: str) -> str:
    """Return the secret of an invite."""
    return f"the-secret-token-of-{invite}"


class PlayedDirectory:
    """Who exists, in memory: one robot, and an invite for each role that somebody plays."""

    def __init__(self, invites: dict[str, m.Role]) -> None:
        self._robot = RobotRecord(name=ROBOT, key_hash=hash_of(KEY), enrolled_unix_ms=0)
        self._invites = {
            hash_of(token_of(name)): InviteRecord(
                id=name,
                token_hash=hash_of(token_of(name)),
                role=role,
                robot=ROBOT,
                name=name,
                created_unix_ms=0,
                expires_unix_ms=FAR_AWAY_UNIX_MS,
            )
            for name, role in invites.items()
        }
        self._revoked: set[str] = set()

    async def robot(self, name: str) -> RobotRecord | None:
        """Return the robot called `name`."""
        return self._robot if name == ROBOT else None

    async def invite_by_token(self, token_hash: bytes) -> InviteRecord | None:
        """Return the invite whose token has this hash."""
        invite = self._invites.get(token_hash)
        return None if invite is None or invite.id in self._revoked else invite

    async def revoked_among(self, invite_ids: Collection[str]) -> set[str]:
        """Return those of `invite_ids` that are revoked."""
        return self._revoked & set(invite_ids)

    def revoke(self, invite: str) -> None:
        """Revoke an invite, as another process does; a bridge comes to know of it when it looks."""
        self._revoked.add(invite)


class NobodyWrites:
    """An audit log without a disk and a thread."""

    def note(self, what: str, **fields: object) -> None:
        """Note it where the run is told."""
        structlog.get_logger("bridge").info(what, **fields)

    def saw_event(self, robot: str, event: m.Event) -> None:
        """Look away."""

    def saw_stop(self, robot: str, peer: m.Peer, stop: m.Stop, *, robot_online: bool) -> None:
        """Look away."""


class Within(NamedTuple):
    """What a bridge's process holds."""

    gate: Gate
    seats: Seats


class BridgeSide:
    """The place of the bridge: one process at a time, or none."""

    def __init__(self, loop: VirtualLoop, directory: PlayedDirectory) -> None:
        self._loop = loop
        self._directory = directory
        self._ends: list[ServerEnd] = []
        self._starts = 0
        self._within: Within | None = None
        self.processes: list[Process] = []
        self.process: Process | None = None

    @property
    def is_listening(self) -> bool:
        """Whether there is a bridge, frozen or not: its kernel takes connections either way."""
        return self.process is not None

    @property
    def runs(self) -> bool:
        """Whether there is a bridge that runs."""
        return self.process is not None and self.process.runs

    def start(self) -> None:
        """Start a bridge that knows nobody yet."""
        self._starts += 1
        self.process = process = Process(self._loop, f"bridge-{self._starts}")
        self.processes.append(process)
        witness = cast("AuditLog", NobodyWrites())
        directory = cast("Any", self._directory)
        fabric = LocalFabric(ice_servers=no_ice_servers, witness=witness)
        seats = Seats(directory=directory, fabric=fabric, metrics=METRICS, audit=witness)
        gate = Gate(BridgeConfig(), directory=directory, inside=seats, metrics=METRICS, audit=witness)
        self._within = Within(gate, seats)
        process.start(seats.watch_invites())

    def accept(self, line: Line, *, address: str) -> None:
        """Take a connection that has come through to the listening socket."""
        if self._within is None or self.process is None:
            line.server.die()
            return
        self._ends = [each for each in self._ends if each.is_open]
        self._ends.append(line.server)
        self.process.start(self._within.gate.attend(line.server.websocket(address)))

    def send_off(self, invite: str) -> None:
        """Have this bridge itself revoke an invite, as its REST interface does."""
        if self._within is not None and self.process is not None and self.process.runs:
            self.process.start(_send_off(self._within.seats, invite))

    def drain(self) -> None:
        """Let the bridge go down as SIGTERM asks it: everybody is told, and it is gone a second later."""
        within, process = self._within, self.process
        if within is not None and process is not None:
            process.start(_drain(within))
            self._loop.call_later(DRAIN_S, self._kill_if, process, context=NOBODY)

    def _kill_if(self, process: Process) -> None:
        if self.process is process:
            self.kill()

    def kill(self) -> None:
        """Kill the bridge; the kernel closes its connections."""
        if self.process is not None:
            for end in self._ends:
                end.die()
            self.process.kill()
        self.process = self._within = None


async def _drain(within: Within) -> None:
    within.gate.drain()
    within.seats.drain()


async def _send_off(seats: Seats, invite: str) -> None:
    seats.send_off_invited(invite, "this invite was revoked")
