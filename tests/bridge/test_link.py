"""Connections that say nothing, ask without reading, or answer no ping are bounded."""

import asyncio
import contextlib
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from bridge import door, link
from bridge.door import Doorway, FrontDoor, Porter, Threshold
from bridge.frames import SLICE_BYTES
from bridge.link import Link
from teleop_core.wire import messages as m
from teleop_core.wire.messages import CloseCode
from tests.bridge.hall import Hall, closing_of, open_hall

pytestmark = pytest.mark.asyncio


async def dial(hall: Hall) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = hall.url.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


@pytest.mark.parametrize("first_bytes", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"], ids=["silent", "half a request"])
async def test_who_asks_nothing_is_sent_away(hall: Hall, monkeypatch: pytest.MonkeyPatch, first_bytes: bytes) -> None:
    monkeypatch.setattr(door, "REQUEST_TIMEOUT_S", 0.05)
    reader, writer = await dial(hall)
    writer.write(first_bytes)

    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()


async def test_who_asked_once_and_then_takes_for_ever_to_ask_again_is_sent_away(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "REQUEST_TIMEOUT_S", 0.3)
    reader, writer = await dial(hall)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"}")

    async def drip() -> None:
        while True:
            writer.write(b"G")
            await asyncio.sleep(0.02)

    dripping = asyncio.create_task(drip())
    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 10) == b""
    dripping.cancel()
    writer.close()


async def test_who_does_not_take_the_answer_is_cut(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "ANSWER_TIMEOUT_S", 0.2)
    lost = asyncio.Event()
    gone = FrontDoor.connection_lost

    def remember(self: FrontDoor, exc: Exception | None) -> None:
        gone(self, exc)
        lost.set()

    monkeypatch.setattr(FrontDoor, "connection_lost", remember)
    sock = await hall._narrow_socket()
    loop = asyncio.get_running_loop()

    async def ask_on_and_on() -> None:
        while True:
            await loop.sock_sendall(sock, b"GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n")

    asking = asyncio.create_task(ask_on_and_on())
    async with asyncio.timeout(20):
        await lost.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    sock.close()


async def test_one_address_does_not_get_all_plain_connections(tmp_path: Path) -> None:
    async with open_hall(tmp_path, max_connections_per_address=3) as hall:
        opened = [await dial(hall) for _ in range(6)]  # beside the one that the test itself keeps
        await asyncio.sleep(0.05)
        assert [reader.at_eof() or reader.exception() is not None for reader, _ in opened].count(True) >= 3

        host, port = hall.url.removeprefix("http://").split(":")
        reader, other = await asyncio.open_connection(host, int(port), local_addr=("127.0.0.9", 0))
        other.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in await asyncio.wait_for(reader.read(), 10)
        for _, writer in [*opened, (reader, other)]:
            writer.close()


async def test_a_place_at_the_door_is_given_back_and_a_proxy_needs_none() -> None:
    doorway = Doorway(most=100, most_of_one=1, except_for=("10.0.0.1",))
    first = a_door()

    assert doorway.enter(first, "a")
    assert not doorway.enter(a_door(), "a")
    assert doorway.enter(a_door(), "b")
    doorway.leave(first)
    doorway.leave(first)
    assert doorway.enter(a_door(), "a")
    assert all(doorway.enter(a_door(), "10.0.0.1") for _ in range(5))


@dataclass(eq=False)
class PlayedDoor:
    is_idle: bool

    def turn_out(self) -> None:
        pass


def a_door(*, idle: bool = True) -> FrontDoor:
    return cast("FrontDoor", PlayedDoor(idle))


async def test_a_websocket_outlives_the_limit_for_a_first_request(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "REQUEST_TIMEOUT_S", 0.05)
    ws = await hall.connect()
    await asyncio.sleep(0.1)

    await (await ws.ping())


async def test_whoever_only_holds_a_place_makes_room_for_who_comes_with_a_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.http_server.MAX_HTTP_CONNECTIONS", 2)
    async with open_hall(tmp_path) as hall:
        opened = [await dial(hall) for _ in range(4)]
        (oldest, _), (reader, writer) = opened[0], opened[-1]
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")

        assert b"200 OK" in await asyncio.wait_for(reader.read(100), 10)
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(oldest.read(), 10) == b""
        for _, each in opened:
            each.close()


async def test_where_all_are_being_answered_nobody_makes_room() -> None:
    doorway = Doorway(most=1, most_of_one=5)

    assert doorway.enter(a_door(idle=False), "a")
    assert not doorway.enter(a_door(), "b")


async def test_who_answers_no_ping_is_cut(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    links: list[Link] = []
    made = Link.handle_connect

    def remember(self: Link, event: object) -> None:
        links.append(self)
        made(self, event)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(Link, "handle_connect", remember)
    ws = await hall.connect()

    links[0].keepalive_timeout()

    assert (await closing_of(ws))[0] == 4508


async def test_who_goes_on_after_the_farewell_is_not_heard_out(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "CLOSE_TIMEOUT_S", 600.0)
    _, writer = await dial(hall)
    upgrade = (
        "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    )
    writer.write(f"{upgrade}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
    frame = b"\x82\xfe\x40\x00" + bytes(4 + 0x4000)

    async def go_on() -> None:
        while True:
            writer.write(frame)
            await writer.drain()

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(go_on(), 10)
    writer.close()


async def test_text_that_is_no_utf8_is_counted_and_fills_no_log(hall: Hall, caplog: pytest.LogCaptureFixture) -> None:
    anna = await hall.person("presenter")

    for _ in range(3):
        await anna.ws.send(b"\xff\xfe", text=True)

    assert await anna.close_code() == CloseCode.REFUSED_TOO_OFTEN
    assert await hall.refused_total("not_json") == 3
    assert not caplog.records


async def test_a_read_full_of_tiny_frames_is_taken_apart_as_the_application_takes_them(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 0
    queued = Link.send_receive_event_to_app

    def remember(self: Link) -> None:
        nonlocal most
        queued(self)
        most = max(most, self.queue.qsize())

    monkeypatch.setattr(Link, "send_receive_event_to_app", remember)
    anna = await hall.person("presenter")
    tiny = b'{"type":"ping","id":"p"}'
    frame = bytes([0x81, 0x80 | len(tiny)]) + bytes(4) + tiny
    count = 900  # within what anybody may say at once

    anna.ws.transport.write(frame * count)
    for _ in range(count):
        await anna.next(m.Pong)

    assert most <= link.MAX_QUEUED + SLICE_BYTES // len(frame) + 1


async def test_who_pings_and_pings_is_sent_off(hall: Hall) -> None:
    anna, bo = await hall.person("presenter"), await hall.person("staff")

    anna.ws.transport.write((bytes([0x89, 0x80]) + bytes(4)) * 10_000)

    assert await anna.close_code() in {CloseCode.REFUSED_TOO_OFTEN, 1006}
    await bo.send(m.Ping(id="p"))
    await bo.next(m.Pong)


async def test_pings_without_reading_fill_no_memory(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    links: list[Link] = []
    made = Link.connection_made

    def remember(self: Link, transport: asyncio.BaseTransport) -> None:
        links.append(self)
        made(self, transport)

    monkeypatch.setattr(Link, "connection_made", remember)
    monkeypatch.setattr(link, "PINGS_AT_ONCE", 1_000_000)
    ws = await hall.connect(deaf=True)
    ws.transport.pause_reading()

    ping = bytes([0x89, 0x80 | 125]) + bytes(4) + bytes(125)
    for _ in range(200):
        ws.transport.write(ping * 100)
        await asyncio.sleep(0)

    assert links[0].transport.get_write_buffer_size() < 256 * 1024


async def test_writing_waits_as_soon_as_the_kernel_does(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    links: list[Link] = []
    made = Link.connection_made

    def remember(self: Link, transport: asyncio.BaseTransport) -> None:
        links.append(self)
        made(self, transport)

    monkeypatch.setattr(Link, "connection_made", remember)
    ws = await hall.connect(deaf=True)
    ws.transport.pause_reading()

    frames = 0
    while links[0].writable.is_set():
        links[0].send_frame(b"x" * 1000)
        frames += 1

    assert links[0].transport.get_write_buffer_size() <= 2000
    assert frames * 1000 < 2_000_000
    assert not await links[0].is_writable_within(0.01)
    assert links[0].transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_strangers_are_seen_to_one_in_each_turn_of_the_loop() -> None:
    porter, turns, loop = Porter(), [0], asyncio.get_running_loop()
    seen: list[int] = []

    def next_turn() -> None:
        turns[0] += 1
        if len(seen) < 5:
            loop.call_soon(next_turn)

    next_turn()
    for _ in range(5):
        porter.see_to(lambda: seen.append(turns[0]))
    async with asyncio.timeout(10):
        while len(seen) < 5:  # noqa: ASYNC110 -- turns of the loop are what is counted
            await asyncio.sleep(0)

    assert len(set(seen)) == 5


async def test_a_stranger_who_goes_wrong_holds_up_no_other() -> None:
    porter, seen = Porter(), asyncio.Event()
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    def go_wrong() -> None:
        raise RuntimeError("of a stranger")

    porter.see_to(go_wrong)
    porter.see_to(seen.set)

    async with asyncio.timeout(10):
        await seen.wait()
    assert len(told) == 1


async def test_what_a_stranger_says_before_it_is_his_turn_is_heard(hall: Hall) -> None:
    reader, writer = await dial(hall)
    writer.write(b"GET /healthz HTTP/1.1\r\nHo")
    await asyncio.sleep(0)
    writer.write(b"st: x\r\nConnection: close\r\n\r\n")

    assert b"200 OK" in await asyncio.wait_for(reader.read(), 10)
    writer.close()


async def test_a_stranger_who_talks_on_before_it_is_his_turn_fills_no_memory() -> None:
    paused: list[str] = []

    class Transport(asyncio.Transport):
        def pause_reading(self) -> None:
            paused.append("paused")

    def never(*_: object) -> H11Protocol:
        raise AssertionError("it is not his turn")

    threshold = Threshold(uvicorn.Config("x"), ServerState(), {}, open_door=never, porter=cast("Porter", QuietPorter()))
    threshold.connection_made(Transport())
    threshold.data_received(bytes(door.MAX_UNHEARD_BYTES))
    assert not paused
    threshold.data_received(b"x")

    assert paused


class QuietPorter:
    """A porter who has much to do."""

    def see_to(self, step: object) -> None:
        pass
