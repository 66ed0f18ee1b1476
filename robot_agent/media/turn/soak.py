"""A steady stream through a TURN server and back: what a show would send, for as long as wanted, measured.

Two relays on the same server send to each other, so that every packet goes up to the server and comes down again: both
ways carry the rate at once, and one clock stamps both ends.
"""

import asyncio
import contextlib
import math
import ssl
import struct
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from aioice import stun, turn

from robot_agent.media.turn import seams
from robot_agent.media.turn.probe import ProbeFailed, reason_of
from robot_agent.media.turn.servers import Transport, TurnServer
from teleop_core.timebase import NS_PER_MS, NS_PER_S

PACKET_BYTES: Final = 1200
TICK_S: Final = 0.005
OPEN_WITHIN_S: Final = 3.0
DRAIN_S: Final = 1.0

_OPEN: Final = 0xFFFF_FFFF
_HEAD: Final = struct.Struct("!IQ")  # number, monotonic ns
_PADDING: Final = bytes(PACKET_BYTES - _HEAD.size)

Address = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What became of the stream. `rtts_ms` are in the order of arrival; `seconds` from the first sent to the last."""

    sent: int
    rtts_ms: tuple[float, ...]
    seconds: float

    @property
    def loss(self) -> float:
        """The share of packets that never came back."""
        return 1.0 - len(self.rtts_ms) / self.sent if self.sent else 1.0

    @property
    def jitter_ms(self) -> float:
        """How much one packet's way differs from the next one's, on average."""
        pairs = list(zip(self.rtts_ms, self.rtts_ms[1:], strict=False))
        return sum(abs(later - earlier) for earlier, later in pairs) / len(pairs) if pairs else 0.0

    @property
    def up_bps(self) -> float:
        """What was sent."""
        return self.sent * PACKET_BYTES * 8 / self.seconds if self.seconds else 0.0

    @property
    def down_bps(self) -> float:
        """What came back."""
        return len(self.rtts_ms) * PACKET_BYTES * 8 / self.seconds if self.seconds else 0.0

    def rtt_ms(self, share: float) -> float:
        """Return the round trip that this share of the packets does not exceed."""
        ordered = sorted(self.rtts_ms)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.inf


async def soak(server: TurnServer, *, for_s: float, rate_bps: float, tls: ssl.SSLContext | None = None) -> Soaked:
    """Send `rate_bps` through `server` and back for so long.

    Raises:
        ProbeFailed: it does not relay, or not to itself.
    """
    try:
        async with _relay(server, tls) as (near, sender), _relay(server, tls) as (far, receiver):
            await _open(near, far, sender, receiver)
            return await _stream(near, far.get_extra_info("sockname"), receiver, for_s=for_s, rate_bps=rate_bps)
    except (OSError, stun.TransactionError) as exc:
        raise ProbeFailed(reason_of(exc, OPEN_WITHIN_S)) from exc


@dataclass
class _End(asyncio.DatagramProtocol):
    """One relay: what came out of it, and what went wrong."""

    opened: asyncio.Event = field(default_factory=asyncio.Event)
    failure: Exception | None = None
    rtts_ms: dict[int, float] = field(default_factory=dict)  # by number: a copy counts once

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        del addr
        if len(data) < _HEAD.size:
            return
        number, sent_ns = _HEAD.unpack_from(data)
        if number == _OPEN:
            self.opened.set()
        else:
            self.rtts_ms.setdefault(number, (time.monotonic_ns() - sent_ns) / NS_PER_MS)

    def error_received(self, exc: Exception) -> None:
        self.failure = exc


@contextlib.asynccontextmanager
async def _relay(server: TurnServer, tls: ssl.SSLContext | None) -> AsyncIterator[tuple[turn.TurnTransport, _End]]:
    async with asyncio.timeout(OPEN_WITHIN_S):
        transport, end = await turn.create_turn_endpoint(
            _End,
            server_addr=(server.host, server.port),
            username=server.username,
            password=server.credential,
            ssl=(tls or True) if server.transport is Transport.TLS else None,
            transport="udp" if server.transport is Transport.UDP else "tcp",
        )
    try:
        yield transport, end
    finally:
        await seams.give_back(transport)


async def _open(near: turn.TurnTransport, far: turn.TurnTransport, sender: _End, receiver: _End) -> None:
    """Knock from both ends until something comes through: each end lets in only whom it sent to."""
    knock = _HEAD.pack(_OPEN, 0)
    try:
        async with asyncio.timeout(OPEN_WITHIN_S):
            while not receiver.opened.is_set():
                far.sendto(knock, near.get_extra_info("sockname"))
                near.sendto(knock, far.get_extra_info("sockname"))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await receiver.opened.wait()
    except TimeoutError as exc:
        failure = sender.failure or receiver.failure
        why = reason_of(failure, OPEN_WITHIN_S) if failure is not None else "nothing comes through"
        raise ProbeFailed(f"two relays of this server cannot reach each other: {why}") from exc


async def _stream(near: turn.TurnTransport, there: Address, receiver: _End, *, for_s: float, rate_bps: float) -> Soaked:
    began_ns = time.monotonic_ns()
    per_s = rate_bps / 8 / PACKET_BYTES
    sent = 0
    while (passed_s := (time.monotonic_ns() - began_ns) / NS_PER_S) < for_s:
        for _ in range(math.floor(passed_s * per_s) + 1 - sent):
            near.sendto(_HEAD.pack(sent, time.monotonic_ns()) + _PADDING, there)
            sent += 1
        await asyncio.sleep(TICK_S)
    seconds = (time.monotonic_ns() - began_ns) / NS_PER_S
    await asyncio.sleep(DRAIN_S)
    return Soaked(sent=sent, rtts_ms=tuple(receiver.rtts_ms.values()), seconds=seconds)
