"""Whoever enters by the far door is delayed both ways, and their WebRTC goes through a relay."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from simulator.network.far_door import FarDoor
from simulator.network.profiles import Profile, profile
from simulator.network.way import Weather
from teleop_core.timebase import ms

LINK: Profile = replace(profile("fibre"), to_robot=Weather(delay_ns=ms(50)), from_robot=Weather(delay_ns=ms(70)))
ANSWER = "v=0\r\na=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host\r\na=ice-ufrag:x\r\n"


@contextlib.asynccontextmanager
async def door() -> AsyncIterator[FarDoor]:
    """A door before a bridge that says everything back, an offer as an answer."""

    async def converse(connection: ServerConnection) -> None:
        async for message in connection:
            said = json.loads(message)
            if said["type"] == "rtc_offer":
                await connection.send(json.dumps({"type": "rtc_answer", "id": said["id"], "sdp": ANSWER}))
            await connection.send(message)

    async with serve(converse, "127.0.0.1", 0) as bridge:
        port = next(iter(bridge.sockets)).getsockname()[1]
        async with FarDoor.opened(LINK, bridge=("127.0.0.1", port), host="127.0.0.1") as opened:
            yield opened


@pytest.mark.asyncio
async def test_a_word_and_its_answer_take_the_round_trip_and_arrive_in_order() -> None:
    async with door() as opened, connect(f"ws://127.0.0.1:{opened.port}/ws", compression=None) as person:
        began_s = time.monotonic()
        for number in range(20):
            await person.send(json.dumps({"type": "ping", "id": str(number)}))
        heard = [json.loads(await person.recv())["id"] for _ in range(20)]

    assert heard == [str(number) for number in range(20)]
    assert time.monotonic() - began_s >= 0.119


@pytest.mark.asyncio
async def test_the_robot_hears_no_address_and_the_person_the_relays() -> None:
    async with door() as opened, connect(f"ws://127.0.0.1:{opened.port}/ws", compression=None) as person:
        await person.send(json.dumps({"type": "rtc_offer", "id": "a", "sdp": ANSWER}))
        answer, offer = json.loads(await person.recv()), json.loads(await person.recv())

    assert answer["type"] == "rtc_answer"
    assert "127.0.0.1" in answer["sdp"]
    assert "127.0.0.1 9 typ" not in answer["sdp"]
    assert "candidate" not in offer["sdp"]


@pytest.mark.asyncio
async def test_a_bridge_that_is_not_there_closes_the_connection() -> None:
    async with FarDoor.opened(LINK, bridge=("127.0.0.1", 9), host="127.0.0.1") as opened:
        reader, writer = await asyncio.open_connection("127.0.0.1", opened.port)
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 5.0) == b""
        writer.close()
