"""Strangers in a process of their own: who is known goes on in the bridge's, and notices nothing of it."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.typing import Origin

from teleop_core.wire import codec
from teleop_core.wire import messages as m
from tests.bridge.hall import PATIENCE_S, Hall, closing_of, open_hall

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(sys.platform != "linux", reason="sockets go from process to process on Linux only"),
]


@pytest_asyncio.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    async with open_hall(tmp_path, strangers_apart=True) as opened:
        yield opened


async def strangers_pid() -> int:
    """Return the process of the strangers that listens now."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for child in await asyncio.to_thread(_children):
                return child
            await asyncio.sleep(0.01)


def _children() -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it has just gone
        if parent == os.getpid() and b"bridge.strangers" in command:
            found.append(int(folder.name))
    return found


async def refused(hall: Hall, reason: str, times: int) -> None:
    """Wait until the metrics say so: the strangers' process tells now and then."""
    async with asyncio.timeout(PATIENCE_S):
        while await hall.refused_total(reason) != times:  # noqa: ASYNC110 -- told when asked
            await asyncio.sleep(0.05)


async def test_people_and_robot_come_in_and_hear_each_other(hall: Hall) -> None:
    robot = await hall.robot()
    anna = await hall.person("presenter")

    await anna.send(m.Stop(id="s1", reason="too near"))
    peer, said = await robot.next_said()
    await robot.say(m.StopAck(id="s1", state=m.RobotState.STOPPED, speed_mps=0.0), to=peer)

    assert isinstance(said, m.Stop)
    assert (await anna.next(m.StopAck)).id == "s1"


async def test_what_is_said_with_the_hello_is_heard(hall: Hall) -> None:
    """Also what comes in the same packet, cut amid a frame or not."""
    _, token = await hall.invite("presenter")
    hello = codec.encode(m.Hello(version=m.PROTOCOL_VERSION, token=token, client_id="tab-0001"))
    pings = [codec.encode(m.Ping(id=f"p{number}")) for number in range(30)]
    sent = b"".join(Frame(Opcode.TEXT, each).serialize(mask=True) for each in (hello, *pings))
    ws = await hall.connect()

    ws.transport.write(sent[:-5])
    await asyncio.sleep(0.05)
    ws.transport.write(sent[-5:])

    pongs: list[str] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(pongs) < len(pings):
            message = codec.decode_to_person(await ws.recv(decode=False))
            if isinstance(message, m.Pong):
                pongs.append(message.id)
    assert pongs == [f"p{number}" for number in range(30)]


@pytest.mark.parametrize(
    ("first", "code", "reason"),
    [
        pytest.param("no hello", m.CloseCode.BAD_HELLO, "bad_hello", id="no hello"),
        pytest.param(
            json.dumps({"type": "hello", "version": m.PROTOCOL_VERSION, "token": "x" * 43, "client_id": "tab-0001"}),
            m.CloseCode.BAD_CREDENTIAL,
            "credential",
            id="forged",
        ),
    ],
)
async def test_who_may_not_come_in_is_told_and_counted(hall: Hall, first: str, code: m.CloseCode, reason: str) -> None:
    for _ in range(3):
        ws = await hall.connect()
        await ws.send(first)
        assert (await closing_of(ws))[0] == code

    await refused(hall, reason, 3)


async def test_an_upgrade_from_elsewhere_or_with_a_query_is_refused_before_it(hall: Hall) -> None:
    for url, origin in ((hall.ws_url, Origin("https://evil.example")), (f"{hall.ws_url}?token=t", None)):
        with pytest.raises(InvalidStatus):
            await connect(url, origin=origin, proxy=None)

    with pytest.raises(InvalidStatus) as nowhere:
        await connect(f"{hall.url.replace('http', 'ws')}/elsewhere", proxy=None)
    assert nowhere.value.response.status_code == 403
    await refused(hall, "origin", 1)
    await refused(hall, "token_in_query", 1)


async def test_pages_and_requests_are_answered_one_after_another_on_one_connection(hall: Hall) -> None:
    async with httpx.AsyncClient(base_url=hall.url, trust_env=False) as client:
        for _ in range(3):
            health = await client.get("/healthz")
            assert (health.status_code, health.json()["robots_online"]) == (200, 0)
        assert (await client.post("/api/invites", content=b"{" * 9_000)).status_code == 401


@pytest.mark.parametrize(
    "said", [b"\x16\x03\x01\x02\x00", b"HELLO\r\n\r\n", b"GET /x HTTP/1.1\r\nHost: a\r\n" + b"x" * 20_000]
)
async def test_what_is_no_request_is_answered_there(hall: Hall, said: bytes) -> None:
    host, port = hall.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(said)
        async with asyncio.timeout(PATIENCE_S):
            assert (await reader.read()).startswith(b"HTTP/1.1 4")
    finally:
        writer.close()
    assert (await hall.http.get("/healthz")).status_code == 200


async def test_places_of_an_address_are_counted_inside_and_outside_together(tmp_path: Path) -> None:
    async with open_hall(tmp_path, strangers_apart=True, max_connections_per_address=2) as hall:
        anna = await hall.person()
        await hall.connect()
        assert (await closing_of(await hall.connect()))[0] == m.CloseCode.CROWDED
        await refused(hall, "crowded", 1)

        await anna.leave()

        comes_in = False
        async with asyncio.timeout(PATIENCE_S):
            while not comes_in:  # the place is given back from the other process
                try:
                    await hall.robot()
                    comes_in = True
                except ConnectionClosed:
                    await asyncio.sleep(0.05)


async def test_who_is_inside_notices_nothing_when_the_strangers_process_is_killed(hall: Hall) -> None:
    robot, anna = await hall.robot(), await hall.person("presenter")
    _, token = await hall.invite("staff")

    os.kill(await strangers_pid(), signal.SIGKILL)

    await anna.send(m.Stop(id="s1"))
    assert isinstance((await robot.next_said())[1], m.Stop)
    bo = None
    async with asyncio.timeout(PATIENCE_S):
        while bo is None:
            try:
                bo = await hall.person(token=token)
            except OSError:
                await asyncio.sleep(0.05)
    await bo.send(m.Ping(id="p"))
    await bo.next(m.Pong)


async def test_a_revoked_invite_sends_off_whoever_came_with_it(hall: Hall) -> None:
    invite_id, token = await hall.invite("presenter")
    anna = await hall.person(token=token)

    answer = await hall.http.delete(
        f"/api/invites/{invite_id}", headers={"Authorization": "Bearer admin-key-of-the-tests"}
    )

    assert answer.json()["disconnected"] == 1
    assert await anna.close_code() == m.CloseCode.BAD_CREDENTIAL


async def test_an_end_leaves_no_process_and_tells_everybody(hall: Hall) -> None:
    anna, stranger = await hall.person(), await hall.connect()
    await strangers_pid()

    await hall.drain()

    assert await anna.close_code() == m.CloseCode.GOING_AWAY
    assert (await closing_of(stranger))[0] == m.CloseCode.GOING_AWAY
    assert not await asyncio.to_thread(_children)


async def test_who_was_let_in_keeps_the_tcp_options(hall: Hall) -> None:
    anna = await hall.person()
    await anna.send(m.Ping(id="p"))
    await anna.next(m.Pong)

    inside = await asyncio.to_thread(_accepted_nodelay, hall.url)

    assert inside == [1]


def _accepted_nodelay(url: str) -> list[int]:
    """Return TCP_NODELAY of the sockets of this process that are connections to the bridge, but for clients'."""
    port = int(url.rsplit(":", 1)[1])
    found = []
    for each in Path("/proc/self/fd").iterdir():
        try:
            if not str(each.readlink()).startswith("socket:"):
                continue
            copy = socket.socket(fileno=os.dup(int(each.name)))
        except OSError:
            continue
        with copy:
            try:
                if copy.family is socket.AF_INET and copy.getsockname()[1] == port and copy.getpeername():
                    options = copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                    found.append(options)
            except OSError:
                continue  # it listens
    return found[:1]
