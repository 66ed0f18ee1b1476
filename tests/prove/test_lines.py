"""The WebSockets in memory: as late, as narrow and as mortal as those that they stand for."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

import pytest
from websockets.exceptions import ConnectionClosed

from bridge import link
from prove.clock import VirtualLoop, run_virtually
from prove.foul import Foul
from prove.shells.lines import Line
from prove.shells.pipe import CAPACITY
from teleop_core.wire.messages import CloseCode

DELAY_S = 0.1
ABNORMAL = 1006
T = TypeVar("T")


def play(body: Callable[[Line], Awaitable[T]]) -> T:
    async def on_a_line() -> T:
        loop = cast("VirtualLoop", asyncio.get_running_loop())
        return await body(Line(loop, random.Random(1), delay_s=DELAY_S))

    return run_virtually(on_a_line())


async def ended(line: Line) -> int:
    """Return the code with which the connection is closed, as the bridge hears it next."""
    heard = await line.server.next()
    assert isinstance(heard, link.Closed)
    return heard.code


def test_what_is_said_arrives_late_and_in_order() -> None:
    async def body(line: Line) -> tuple[list[bytes], float]:
        began = asyncio.get_running_loop().time()
        for word in (b"one", b"two", b"three"):
            line.server.send_frame(word)
        heard = [await line.client.recv(decode=False) for _ in range(3)]
        return heard, asyncio.get_running_loop().time() - began

    heard, took_s = play(body)

    assert heard == [b"one", b"two", b"three"]
    assert DELAY_S / 2 <= took_s <= DELAY_S * 3 / 2


def test_what_the_client_says_reaches_the_bridge_behind_the_upgrade() -> None:
    async def body(line: Line) -> list[object]:
        await line.server.websocket("10.0.0.1").accept()
        line.client.say(b"text")
        line.client.say(b"\xff")
        return [await line.server.next(), await line.server.next()]

    assert play(body) == [b"text", b"\xff"]


def test_a_bridge_that_reads_past_its_link_is_a_foul() -> None:
    async def body(line: Line) -> None:
        websocket = line.server.websocket("10.0.0.1")
        await websocket.accept()
        await websocket.receive()

    with pytest.raises(Foul):
        play(body)


def test_a_full_line_takes_nothing_until_somebody_reads() -> None:
    async def body(line: Line) -> tuple[bool, bool]:
        for _ in range(CAPACITY):
            line.server.send_frame(b"x")
        at_first = await line.server.is_writable_within(1)
        asyncio.get_running_loop().call_later(1, line.client.take)
        return at_first, await line.server.is_writable_within(2)

    assert play(body) == (False, True)


def test_a_bridge_that_writes_into_a_full_line_is_a_foul() -> None:
    async def body(line: Line) -> None:
        for _ in range(CAPACITY + 1):
            line.server.send_frame(b"x")

    with pytest.raises(Foul):
        play(body)


def test_a_sender_waits_for_a_full_line_and_hears_when_it_snaps() -> None:
    async def body(line: Line) -> None:
        asyncio.get_running_loop().call_later(5, line.snap)
        asyncio.get_running_loop().call_later(5, line.client.take)
        for _ in range(2 * CAPACITY):
            await line.client.send(b"x", text=True)

    with pytest.raises(ConnectionClosed):
        play(body)


def test_a_dark_line_delivers_everything_afterwards() -> None:
    async def body(line: Line) -> tuple[bytes | None, bool, float]:
        line.server.send_frame(b"x")
        line.go_dark(3)
        await asyncio.sleep(2)
        early, is_through = line.client.take(), line.is_through
        await line.client.recv(decode=False)
        return early, is_through, asyncio.get_running_loop().time()

    early, is_through, now_s = play(body)

    assert early is None
    assert not is_through
    assert now_s == pytest.approx(1003)


def test_a_cut_tells_the_code_behind_all_that_was_said() -> None:
    async def body(line: Line) -> tuple[bytes, int | None, int]:
        line.server.send_frame(b"last")
        line.server.cut(CloseCode.TOO_SLOW, "too slow")
        line.server.send_frame(b"too late")
        last = await line.client.recv(decode=False)
        with pytest.raises(ConnectionClosed, match="too slow"):
            await line.client.recv(decode=False)
        return last, line.client.close_code, await ended(line)

    assert play(body) == (b"last", 4508, 4508)


def test_what_was_under_way_is_lost_when_the_line_snaps() -> None:
    async def body(line: Line) -> tuple[int, bool]:
        line.client.say(b"lost")
        line.snap()
        with pytest.raises(ConnectionClosed):
            await line.client.recv(decode=False)
        return await ended(line), line.is_through

    assert play(body) == (ABNORMAL, False)


def test_a_line_that_snaps_behind_the_bridges_back_is_open_for_the_bridge() -> None:
    async def body(line: Line) -> tuple[bool, bool]:
        line.snap_behind()
        await asyncio.sleep(10)
        line.client.take()
        for _ in range(CAPACITY - 1):
            line.server.send_frame(b"x")
        return line.client.is_open, line.server.is_open

    assert play(body) == (False, True)


def test_leaving_the_context_closes_it_for_the_bridge_too() -> None:
    async def body(line: Line) -> int:
        async with line.client:
            pass
        return await ended(line)

    assert play(body) == ABNORMAL
