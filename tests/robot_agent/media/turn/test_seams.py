"""The private names that the choice of servers is put into, on a real connection of aiortc."""

import ssl
from functools import partial
from typing import cast

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from robot_agent.media.turn.seams import GATHER_S, use_servers
from robot_agent.media.turn.servers import Choice, StunServer, Transport, TurnServer

pytestmark = pytest.mark.asyncio


async def offered() -> tuple[RTCPeerConnection, RTCPeerConnection]:
    """Return a connection with a picture and a channel that was offered to it, and who offered."""
    page, robot = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    page.createDataChannel("motion")
    page.addTransceiver("video", direction="recvonly")
    await page.setLocalDescription(await page.createOffer())
    await robot.setRemoteDescription(RTCSessionDescription(page.localDescription.sdp, "offer"))
    return robot, page


@pytest.mark.parametrize(
    ("transport", "spoken", "over_tls"),
    [(Transport.UDP, "udp", False), (Transport.TCP, "tcp", False), (Transport.TLS, "tcp", True)],
)
async def test_a_connection_gathers_by_what_was_chosen(transport: Transport, spoken: str, over_tls: bool) -> None:
    robot, page = await offered()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    turn = TurnServer(transport, "2001:db8::7", 443, "name", "secret")

    use_servers(robot, Choice(stun=StunServer("stun.example", 3478), turn=turn, tls=tls))

    assert robot.sctp is not None
    ice = robot.sctp.transport.transport.iceGatherer._connection
    assert (ice.stun_server, ice.turn_server) == (("stun.example", 3478), ("2001:db8::7", 443))
    assert (ice.turn_username, ice.turn_password, ice.turn_transport) == ("name", "secret", spoken)
    assert ice.turn_ssl is (tls if over_tls else False)
    assert cast("partial[object]", ice.get_component_candidates).keywords == {"timeout": GATHER_S}
    await robot.close()
    await page.close()


async def test_without_servers_only_this_host_is_gathered() -> None:
    robot, page = await offered()

    use_servers(robot, Choice())
    await robot.setLocalDescription(await robot.createAnswer())

    assert " typ host" in robot.localDescription.sdp
    assert " typ relay" not in robot.localDescription.sdp
    await robot.close()
    await page.close()
