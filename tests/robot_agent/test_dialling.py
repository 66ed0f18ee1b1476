"""Which way the robot's WebSocket takes to the bridge."""

import asyncio
import socket
import sys

import pytest
from websockets.asyncio.server import ServerConnection, serve

from robot_agent.config import THE_ONLY_UPLINK, UplinkSettings
from robot_agent.dialling import dial

pytestmark = pytest.mark.asyncio
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems have one loopback address and no binding")


async def address_seen(uplink: UplinkSettings, *, host: str = "127.0.0.1") -> str:
    """Return from where the bridge sees the robot come."""
    seen: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def see(robot: ServerConnection) -> None:
        seen.set_result(robot.remote_address[0])
        await robot.wait_closed()

    async with serve(see, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = await dial(f"ws://{host}:{port}/ws", uplink)
        async with connection:
            return await seen


async def test_without_a_word_the_system_chooses() -> None:
    assert await address_seen(THE_ONLY_UPLINK) == "127.0.0.1"


@ON_LINUX
async def test_it_leaves_from_the_address_that_is_named() -> None:
    assert await address_seen(UplinkSettings(name="venue", source="127.0.0.9")) == "127.0.0.9"


@ON_LINUX
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_it_leaves_by_the_interface_that_is_named(host: str) -> None:
    assert await address_seen(UplinkSettings(name="venue", interface="lo"), host=host) == "127.0.0.1"


@ON_LINUX
async def test_an_interface_that_is_not_there_is_named_in_the_error() -> None:
    with pytest.raises(OSError, match=r"No such device \(by nowhere0\)"):
        await dial("ws://127.0.0.1:9/ws", UplinkSettings(name="5G", interface="nowhere0"))


@ON_LINUX
async def test_where_nobody_listens_no_socket_is_left_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(OSError, match=r"by lo"):
        await dial(f"ws://127.0.0.1:{port}/ws", UplinkSettings(name="5G", interface="lo"))


async def test_elsewhere_than_on_linux_an_interface_is_refused_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(OSError, match="say source instead of interface"):
        await dial("ws://127.0.0.1:9/ws", UplinkSettings(name="5G", interface="en0"))
