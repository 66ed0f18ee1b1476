"""Which STUN and TURN servers the media plane asks, and which it distrusts."""

import asyncio
from typing import cast

import pytest
from aioice import stun
from aiortc import RTCIceGatherer

from robot_agent.media.settings import VideoSettings
from robot_agent.media.turn.room import TurnRoom
from robot_agent.media.turn.servers import Choice, Transport, TurnServer
from teleop_core.errors import ConfigError
from teleop_core.wire.messages import (
    IceServer,
    Role,
    RtcAnswer,
)
from tests.robot_agent.media.conftest import MakeStage, Stage

pytestmark = pytest.mark.asyncio


async def test_no_stun_server_is_asked_unless_configured(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask_the_default() -> None:
        raise AssertionError("a public STUN server would have been asked")

    monkeypatch.setattr(RTCIceGatherer, "getDefaultIceServers", ask_the_default)
    viewer = await stage.viewer("ana").connect()

    assert "typ host" in viewer.answer
    assert "typ srflx" not in viewer.answer


class StunServer(asyncio.DatagramProtocol):
    """Tells everybody that they come from 203.0.113.7."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        request = stun.parse_message(data)
        response = stun.Message(
            message_method=request.message_method,
            message_class=stun.Class.RESPONSE,
            transaction_id=request.transaction_id,
        )
        response.attributes["XOR-MAPPED-ADDRESS"] = ("203.0.113.7", addr[1])
        self._transport.sendto(bytes(response), addr)


async def test_the_configured_stun_server_is_asked(make_stage: MakeStage) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(StunServer, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    stage = await make_stage(ice_servers=(IceServer(urls=(f"stun:127.0.0.1:{port}",)),))
    reply = await stage.plane.receive("ana", Role.PRESENTER, await stage.viewer("ana").offer())
    transport.close()

    assert isinstance(reply, RtcAnswer)
    assert "203.0.113.7" in reply.sdp


async def test_a_wrong_server_url_is_a_configuration_error(make_stage: MakeStage) -> None:
    with pytest.raises(ConfigError, match=r"got 'https://example\.org'"):
        await make_stage(ice_servers=(IceServer(urls=("https://example.org",)),))


class OnlyDistrust(TurnRoom):
    """Chooses one server, which is dead, and keeps which choices are distrusted."""

    def __init__(self) -> None:
        super().__init__()
        self.distrusted: list[Choice] = []
        self.one_was = asyncio.Event()
        self.choice = Choice(turn=TurnServer(Transport.UDP, "127.0.0.1", 9, "u", "c"))

    async def choose(self) -> Choice:
        return self.choice

    def distrust(self, choice: Choice) -> None:
        self.distrusted.append(choice)
        self.one_was.set()


async def test_a_server_with_which_a_connection_came_to_nothing_is_distrusted(make_stage: MakeStage) -> None:
    stage = await make_stage(VideoSettings(connect_deadline_ms=3_100))
    room = OnlyDistrust()
    stage.plane._turn = room

    reply = await stage.plane.receive("ana", Role.PRESENTER, await stage.viewer("ana").offer())
    assert isinstance(reply, RtcAnswer)  # with this host's own candidates
    await room.one_was.wait()

    assert room.distrusted == [room.choice]


async def test_a_call_that_ends_early_is_held_against_no_server(make_stage: MakeStage) -> None:
    stage = await make_stage()
    room = OnlyDistrust()
    room.choice = Choice()
    stage.plane._turn = room
    viewer = stage.viewer("ana")

    await stage.plane.receive("ana", Role.PRESENTER, await viewer.offer())
    await viewer.hang_up()

    assert room.distrusted == []
