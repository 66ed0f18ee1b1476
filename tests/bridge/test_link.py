"""Connections that say nothing, ask without reading, or answer no ping are bounded."""

import asyncio
import socket
from pathlib import Path

import pytest

from bridge import link
from bridge.link import Link
from tests.bridge.hall import Hall, closing_of, open_hall

pytestmark = pytest.mark.asyncio


async def dial(hall: Hall) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = hall.url.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


@pytest.mark.parametrize("first_bytes", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"], ids=["silent", "half a request"])
async def test_who_asks_nothing_is_sent_away(hall: Hall, monkeypatch: pytest.MonkeyPatch, first_bytes: bytes) -> None:
    monkeypatch.setattr(link, "REQUEST_TIMEOUT_S", 0.05)
    reader, writer = await dial(hall)
    writer.write(first_bytes)

    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()


async def test_a_websocket_outlives_the_limit_for_a_first_request(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "REQUEST_TIMEOUT_S", 0.05)
    ws = await hall.connect()
    await asyncio.sleep(0.1)

    await (await ws.ping())


async def test_beyond_all_limits_nobody_is_even_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.server._SPARE_HTTP_CONNECTIONS", 1)
    async with open_hall(tmp_path, max_connections=1) as hall:
        opened = [await dial(hall) for _ in range(4)]
        await asyncio.sleep(0.05)

        assert [reader.at_eof() or reader.exception() is not None for reader, _ in opened].count(True) >= 2
        for _, writer in opened:
            writer.close()


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


async def test_pings_without_reading_fill_no_memory(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    links: list[Link] = []
    made = Link.connection_made

    def remember(self: Link, transport: asyncio.BaseTransport) -> None:
        links.append(self)
        made(self, transport)

    monkeypatch.setattr(Link, "connection_made", remember)
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
