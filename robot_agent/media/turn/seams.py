"""What the choice of servers needs of aiortc's and aioice's private names; held by tests beside these modules' own."""

import asyncio
import ssl
from functools import partial
from typing import Final

from aioice.turn import TurnTransport
from aiortc import RTCIceGatherer, RTCPeerConnection

from robot_agent.media.turn.servers import Choice, Transport

GATHER_S: Final = 2.0  # aioice waits 5 s for servers that do not answer; these have just answered


async def give_back(relay: TurnTransport) -> None:
    """Delete an allocation, and wait until the server has."""
    await relay._close()


def use_servers(connection: RTCPeerConnection, choice: Choice) -> None:
    """Have `connection` gather by these, and by no others; after the offer was set, before the answer is."""
    stun, turn = choice.stun, choice.turn
    for gatherer in _gatherers(connection):
        ice = gatherer._connection
        ice.stun_server = None if stun is None else (stun.host, stun.port)
        ice.turn_server = None if turn is None else (turn.host, turn.port)
        if turn is not None:
            ice.turn_username = turn.username
            ice.turn_password = turn.credential
            ice.turn_ssl = (choice.tls or True) if turn.transport is Transport.TLS else False  # type: ignore[assignment] # asyncio takes either
            ice.turn_transport = "udp" if turn.transport is Transport.UDP else "tcp"
        ice.get_component_candidates = partial(ice.get_component_candidates, timeout=GATHER_S)  # type: ignore[method-assign, arg-type] # a seam


def _gatherers(connection: RTCPeerConnection) -> set[RTCIceGatherer]:
    transports = {each.receiver.transport for each in connection.getTransceivers()}
    if connection.sctp is not None:
        transports.add(connection.sctp.transport)
    return {transport.transport.iceGatherer for transport in transports}


async def system_trust() -> ssl.SSLContext:
    """Return the certificates that this machine trusts; SSL_CERT_FILE adds a venue's own."""
    return await asyncio.to_thread(ssl.create_default_context)
