"""A bridge on a real socket, with people and robots that connect to it as programs do."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from bridge.config import BridgeConfig
from bridge.server import run_bridge
from teleop_core.wire import codec
from teleop_core.wire import messages as m

ADMIN_KEY = "admin-key-of-the-tests"
PROFILE = m.RobotProfile(model="wheels", max_speed_mps=0.6, max_turn_radps=0.8, holonomic=False)
PATIENCE_S = 10.0

MessageT = TypeVar("MessageT", bound=m.Message)


@dataclass
class Person:
    """A person's connection; `next` skips what the test does not ask for."""

    ws: ClientConnection

    async def send(self, message: m.Message) -> None:
        await self.ws.send(codec.encode(message), text=True)

    async def next(self, kind: type[MessageT]) -> MessageT:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = codec.decode_to_person(await self.ws.recv(decode=False))
                if isinstance(message, kind):
                    return message

    async def close_code(self) -> int | None:
        return (await closing_of(self.ws))[0]

    async def leave(self) -> None:
        await self.ws.close()


@dataclass
class Robot:
    """A robot's connection."""

    ws: ClientConnection

    async def say(self, message: m.Message, *, to: str | None = None, lane: m.Lane = m.Lane.EVENT) -> None:
        envelope = m.ToPeer(to=to, lane=lane, body=msgspec.Raw(codec.encode(message)))
        await self.ws.send(codec.encode(envelope), text=True)

    async def next(self, kind: type[MessageT]) -> MessageT:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = codec.decode_to_robot(await self.ws.recv(decode=False))
                if isinstance(message, kind):
                    return message

    async def next_said(self) -> tuple[str, m.FromPerson]:
        envelope = await self.next(m.FromPeer)
        return envelope.peer, codec.decode_from_person(bytes(envelope.body))

    async def close_code(self) -> int | None:
        return (await closing_of(self.ws))[0]


async def closing_of(ws: ClientConnection) -> tuple[int | None, str]:
    """Read until the bridge closes, and return its code and reason."""
    async with asyncio.timeout(PATIENCE_S):
        try:
            while True:
                await ws.recv()
        except ConnectionClosed:
            return ws.close_code, ws.close_reason or ""


@dataclass
class Hall:
    """A running bridge."""

    url: str
    http: httpx.AsyncClient
    serving: asyncio.Task[None]
    robot_key: str = ""
    _open: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    @property
    def ws_url(self) -> str:
        return self.url.replace("http://", "ws://") + "/ws"

    async def connect(self, *, origin: str | None = None, deaf: bool = False) -> ClientConnection:
        """Open a WebSocket; a deaf one stops reading when little is waiting, in the kernel and out of it."""
        connecting = connect(
            self.ws_url,
            origin=Origin(origin) if origin is not None else None,
            sock=await self._narrow_socket() if deaf else None,
            max_queue=1 if deaf else 1000,
            close_timeout=0.2,
            compression=None,
            proxy=None,
        )
        return await self._open.enter_async_context(connecting)

    async def _narrow_socket(self) -> socket.socket:
        """Return a socket connected to the bridge whose receive buffer is as small as the kernel allows."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        host, port = self.url.removeprefix("http://").split(":")
        await asyncio.get_running_loop().sock_connect(sock, (host, int(port)))
        return sock

    async def enrol(self, name: str = "stage-1", *, replace: bool = False) -> str:
        response = await self.http.post("/api/robots", json={"name": name, "replace": replace}, headers=admin())
        assert response.status_code == 201, response.text
        return str(response.json()["key"])

    async def invite(self, role: str = "presenter", **fields: object) -> tuple[str, str]:
        """Return the id and the token of a new invite."""
        body = {"role": role, "robot": "stage-1"} | fields
        response = await self.http.post("/api/invites", json=body, headers=admin())
        assert response.status_code == 201, response.text
        made = response.json()
        return made["invite"]["id"], made["token"]

    async def person(
        self, role: str = "presenter", *, token: str | None = None, client_id: str = "tab-0001", deaf: bool = False
    ) -> Person:
        """Come in with `token`, or with a new invite, and hear the welcome."""
        if token is None:
            _, token = await self.invite(role)
        person = Person(await self.connect(deaf=deaf))
        await person.send(m.Hello(version=m.PROTOCOL_VERSION, token=token, client_id=client_id))
        await person.next(m.Welcome)
        return person

    async def robot(self, *, key: str | None = None, name: str = "stage-1", deaf: bool = False) -> Robot:
        robot = Robot(await self.connect(deaf=deaf))
        hello = m.RobotHello(version=m.PROTOCOL_VERSION, robot=name, key=key or self.robot_key, profile=PROFILE)
        await robot.ws.send(codec.encode(hello), text=True)
        await robot.next(m.Welcome)
        return robot

    async def refused_total(self, reason: str) -> float:
        """Return how often the bridge refused something for `reason`, as its metrics say."""
        text = (await self.http.get("/metrics")).text
        line = next(
            line for line in text.splitlines() if line.startswith(f'stagebridge_refused_total{{reason="{reason}"}}')
        )
        return float(line.rsplit(" ", 1)[1])

    async def drain(self) -> None:
        """Stop the bridge as a signal would."""
        self.serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.serving


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def admin() -> dict[str, str]:
    return bearer(ADMIN_KEY)


@contextlib.asynccontextmanager
async def open_hall(tmp_path: Path, **settings: object) -> AsyncIterator[Hall]:
    """Run a bridge on a free port, with the settings given, and one robot enrolled by its admin."""
    config = msgspec.convert(
        {"port": 0, "database": str(tmp_path / "bridge.sqlite3"), "admin_key": ADMIN_KEY, "strangers_apart": False}
        | settings,
        BridgeConfig,
    )
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(run_bridge(config, on_ready=ready.set_result))
    serving.add_done_callback(lambda _: ready.cancel())
    try:
        url = await ready
    except asyncio.CancelledError:
        serving.result()  # why it did not come up
        raise
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        hall = Hall(url, http, serving)
        try:
            if config.admin_key is not None:
                hall.robot_key = await hall.enrol()
            async with hall._open:
                yield hall
        finally:
            await hall.drain()
