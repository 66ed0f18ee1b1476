"""Real datagrams through a relay on this host; the bounds are wide, for a machine that is busy."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest

from simulator.network.relay import Relay, before_robot
from simulator.network.way import Weather
from teleop_core.errors import SetupError
from teleop_core.timebase import ms

SLOW = Weather(delay_ns=ms(60))
ANSWER = "v=0\r\na=candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host\r\na=ice-ufrag:x\r\n"


class End(asyncio.DatagramProtocol):
    """A socket that keeps what it hears, or says it back."""

    def __init__(self, *, echoes: bool) -> None:
        self._echoes = echoes
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.put_nowait(data)
        if self._echoes and self.transport is not None:
            self.transport.sendto(data, addr)


@contextlib.asynccontextmanager
async def road(*, weather: Weather = SLOW) -> AsyncIterator[tuple[Relay, End]]:
    """A robot that echoes, a relay before it, and somebody at the relay's front."""
    loop = asyncio.get_running_loop()
    robot, _ = await loop.create_datagram_endpoint(lambda: End(echoes=True), local_addr=("127.0.0.1", 0))
    port = robot.get_extra_info("sockname")[1]
    relay, answer = await before_robot(ANSWER.format(port=port), to_robot=weather, from_robot=weather, seed=1)
    front = int(answer.split("127.0.0.1 ")[1].split()[0])
    assert front != port
    person, end = await loop.create_datagram_endpoint(lambda: End(echoes=False), remote_addr=("127.0.0.1", front))
    try:
        yield relay, end
    finally:
        for each in (robot, relay, person):
            each.close()


@pytest.mark.asyncio
async def test_there_and_back_takes_both_delays() -> None:
    async with road() as (_, end):
        assert end.transport is not None
        began_s = time.monotonic()
        end.transport.sendto(b"hello")
        heard = await asyncio.wait_for(end.heard.get(), 5.0)

    assert heard == b"hello"
    assert time.monotonic() - began_s >= 0.119


@pytest.mark.asyncio
async def test_nothing_comes_through_in_the_dark_and_everything_after_it() -> None:
    async with road(weather=Weather(delay_ns=ms(1))) as (relay, end):
        assert end.transport is not None
        relay.set_dark(on=True)
        end.transport.sendto(b"lost")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(end.heard.get(), 0.3)
        relay.set_dark(on=False)
        end.transport.sendto(b"found")

        assert await asyncio.wait_for(end.heard.get(), 5.0) == b"found"


@pytest.mark.asyncio
async def test_an_answer_without_an_address_is_refused() -> None:
    with pytest.raises(SetupError, match="host candidate of IPv4"):
        await before_robot("v=0\r\n", to_robot=SLOW, from_robot=SLOW, seed=1)
