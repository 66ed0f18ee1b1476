"""The real bridge alone, as `stagebridge bridge` starts it, with as many rooms as a bench asks for."""

import asyncio
import json
import secrets
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bridge.credentials import new_secret
from simulator.guest_list import GuestList
from simulator.processes import Child
from simulator.rig_folder import RigFolder
from teleop_core.errors import SetupError
from teleop_core.wire import messages as m
from teleop_core.wire.codec import encode

READY_S: Final = 20.0
STOP_S: Final = 4.0
PROFILE: Final = m.RobotProfile(model="bench", max_speed_mps=0.6, max_turn_radps=0.8, holonomic=False)
_LOOK_S: Final = 0.02


@dataclass(frozen=True, kw_only=True)
class Room:
    """What opens a robot's room: the robot's key, and a token for each role that is invited."""

    robot: str
    key: str
    tokens: Mapping[m.Role, str]

    def robot_hello(self) -> bytes:
        """Return how the robot comes in."""
        return encode(m.RobotHello(version=m.PROTOCOL_VERSION, robot=self.robot, key=self.key, profile=PROFILE))

    def presenter_hello(self) -> bytes:
        """Return how its driver comes in."""
        return _hello(self.tokens[m.Role.PRESENTER], "tab-0001")

    def observer_hello(self, number: int) -> bytes:
        """Return how somebody comes in who looks on."""
        return _hello(self.tokens[m.Role.OBSERVER], f"tab-{number:04}")


def _hello(token: str, client_id: str) -> bytes:
    return encode(m.Hello(version=m.PROTOCOL_VERSION, token=token, client_id=client_id, name="Bench"))


class LoneBridge:
    """A bridge that runs in a process of its own."""

    def __init__(self, child: Child, folder: RigFolder, url: str) -> None:
        self._child = child
        self.folder = folder
        self.url = url
        self.port = int(url.rsplit(":", 1)[1])

    @property
    def pid(self) -> int:
        """Its process's id."""
        return self._child.pid

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: Mapping[str, object] | None = None) -> "AsyncIterator[LoneBridge]":
        """Start it, with `settings` in its table, and wait until it listens; leave nothing behind.

        Raises:
            SetupError: it does not listen in time.

        """
        folder = RigFolder()
        try:
            folder.write_config({"bridge": {"port": 0, "database": str(folder.database), **(settings or {})}})
            child = Child(
                "bridge",
                [sys.executable, "-m", "stagebridge", "bridge", "--config", str(folder.config), "--json"],
                mark=secrets.token_hex(8),
                log=folder.log("bridge"),
                extra={},
            )
            try:
                yield cls(child, folder, await _url(child))
            finally:
                await child.stop(within_s=STOP_S)
        finally:
            folder.remove()

    async def add_rooms(
        self, count: int, *, roles: Sequence[m.Role] = (m.Role.PRESENTER,), name: str = "stage"
    ) -> list[Room]:
        """Enrol so many robots, and invite somebody of each role to each."""
        rooms: list[Room] = []
        async with GuestList.open(self.folder.database) as guests:
            for number in range(count):
                robot, key = f"{name}-{number}", new_secret()
                await guests.enrol(robot, key)
                tokens = {
                    role: (await guests.invite(role=role, robot=robot, name="Bench", base_url=self.url)).token
                    for role in roles
                }
                rooms.append(Room(robot=robot, key=key, tokens=tokens))
        return rooms


async def _url(child: Child) -> str:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and child.exit_status is None:
        for line in child.tail().splitlines():
            if line.startswith('{"url"'):
                return str(json.loads(line)["url"])
        await asyncio.sleep(_LOOK_S)
    raise SetupError(f"expected a bridge that listens within {READY_S:g} s; the end of its log:\n{child.tail()}")
