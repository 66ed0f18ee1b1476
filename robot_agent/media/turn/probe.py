"""Asks one server for what a connection would ask of it, and gives it back at once."""

import asyncio
import ssl
import time
from dataclasses import dataclass
from typing import Final, cast

from aioice import stun, turn

from robot_agent.media.turn import seams
from robot_agent.media.turn.servers import StunServer, Transport, TurnServer
from teleop_core.timebase import NS_PER_MS

_UNAUTHORIZED: Final = 401
_QUOTA_REACHED: Final = 486
_WORDS: Final = {
    _UNAUTHORIZED: "it refuses the credential: expired, or made with another secret",
    _QUOTA_REACHED: "its quota is reached",
}


class ProbeFailed(Exception):
    """The server is of no use now; the message says why, and holds no credential."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a server gave: an address of its own (TURN) or one's own as it sees it (STUN)."""

    address: str
    port: int
    took_ms: float


async def probe_turn(server: TurnServer, *, within_s: float, tls: ssl.SSLContext | None = None) -> Answered:
    """Allocate a relay, and give it back.

    Raises:
        ProbeFailed: there is none to be had.
    """
    began_ns = time.monotonic_ns()
    try:
        async with asyncio.timeout(within_s):
            relay, _ = await turn.create_turn_endpoint(
                asyncio.DatagramProtocol,
                server_addr=(server.host, server.port),
                username=server.username,
                password=server.credential,
                ssl=(tls or True) if server.transport is Transport.TLS else None,
                transport="udp" if server.transport is Transport.UDP else "tcp",
            )
            took_ms = (time.monotonic_ns() - began_ns) / NS_PER_MS
            address, port = relay.get_extra_info("sockname")
            await seams.give_back(relay)
    except (OSError, stun.TransactionError) as exc:  # a TimeoutError is an OSError
        raise ProbeFailed(reason_of(exc, within_s)) from exc
    return Answered(address, port, took_ms)


async def probe_stun(server: StunServer, *, within_s: float) -> Answered:
    """Ask from where one's datagrams come.

    Raises:
        ProbeFailed: it does not say.
    """
    began_ns = time.monotonic_ns()
    asking = _Asking()
    try:
        async with asyncio.timeout(within_s):
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_datagram_endpoint(lambda: asking, remote_addr=(server.host, server.port))
            try:
                address, port = await asking.ask()
            finally:
                transport.close()
    except (OSError, stun.TransactionError) as exc:
        raise ProbeFailed(reason_of(exc, within_s)) from exc
    return Answered(address, port, (time.monotonic_ns() - began_ns) / NS_PER_MS)


class _Asking(asyncio.DatagramProtocol):
    """One STUN binding request over a connected socket."""

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport | None = None
        self._request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        self._transaction: stun.Transaction | None = None

    async def ask(self) -> tuple[str, int]:
        self._transaction = stun.Transaction(self._request, ("", 0), self)
        answer, _ = await self._transaction.run()
        if "XOR-MAPPED-ADDRESS" not in answer.attributes:
            raise ConnectionError("expected an address in its answer, got none")
        address: tuple[str, int] = answer.attributes["XOR-MAPPED-ADDRESS"]
        return address

    def send_stun(self, message: stun.Message, addr: tuple[str, int]) -> None:
        del addr  # the socket is connected
        if self._transport is not None:
            self._transport.sendto(bytes(message))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        try:
            message = stun.parse_message(data)
        except ValueError:
            return
        if self._transaction is not None and message.transaction_id == self._request.transaction_id:
            self._transaction.response_received(message, (str(addr[0]), addr[1]))


def reason_of(exc: Exception, within_s: float) -> str:
    """Return in words, without a credential, why a server is of no use."""
    if isinstance(exc, stun.TransactionFailed):
        code, words = exc.response.attributes.get("ERROR-CODE", (0, "no reason"))
        return _WORDS.get(code, f"it refuses with {code} {words}")
    if isinstance(exc, TimeoutError | stun.TransactionTimeout):
        return f"no answer within {within_s:g} s"
    return f"{type(exc).__name__}: {exc}".removesuffix(": ")
