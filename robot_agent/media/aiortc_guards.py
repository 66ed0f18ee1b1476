"""Keeps from aiortc 1.16 and aioice 0.13 what anybody may send, and they would choke on.

`tests/robot_agent/media/test_aiortc_guards.py` holds each private name, and shows what is refused.
"""

import struct
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aioice import stun
from aiortc import RTCDtlsTransport, RTCPeerConnection, rtcdtlstransport, rtcrtpreceiver, rtcsctptransport
from aiortc.rtcrtpreceiver import NackGenerator, StreamStatistics
from aiortc.rtp import RTP_HISTORY_SIZE, RtpPacket
from aiortc.utils import uint16_add, uint16_gt
from pylibsrtp import Error, Policy, Session

MAX_SOURCES: Final = 16  # streams that one connection may bring, RTCP's included; a page has five

_RTP_SOURCE: Final = slice(8, 12)
_RTCP_SOURCE: Final = slice(4, 8)
_SESSION: Final = "Session"
_MOST_IN_A_REPORT: Final = 2**32 - 1
_PARAM_HEAD: Final = struct.Struct("!HH")
_stun_parse_message: Final = stun.parse_message

_log = structlog.get_logger(__name__)


def refuse_what_would_choke() -> None:
    """Have aiortc and aioice refuse five things that any bytes may hold, in this whole process.

    At an SCTP parameter of length 0 aiortc reads for ever; a STUN attribute that is cut short is an exception in the
    event loop, and a stack in the log, for each datagram of a stranger; a leap of RTP's sequence numbers costs 10 ms a
    packet; a jitter that its report has no room for ends the receiver's reports, after which it never closes; and ever
    new streams do the same, and aiortc and libsrtp remember each one.
    """
    rtcsctptransport.decode_params = _decode_params
    stun.parse_message = _parse_message
    setattr(rtcdtlstransport, _SESSION, _FewSources)
    rtcrtpreceiver.NackGenerator = _MissesFew  # type: ignore[misc] # a seam
    rtcrtpreceiver.StreamStatistics = _Reportable  # type: ignore[misc] # a seam


def _decode_params(body: bytes) -> list[tuple[int, bytes]]:
    """Return the parameters of a chunk (RFC 9260, 3.2.1).

    Raises:
        ValueError: one is shorter than its own header; aiortc drops the packet.
    """
    params: list[tuple[int, bytes]] = []
    at = 0
    while at <= len(body) - _PARAM_HEAD.size:
        kind, length = _PARAM_HEAD.unpack_from(body, at)
        if length < _PARAM_HEAD.size:
            raise ValueError(f"expected an SCTP parameter of at least {_PARAM_HEAD.size} bytes, got {length}")
        params.append((kind, body[at + _PARAM_HEAD.size : at + length]))
        at += length + -length % 4
    return params


def _parse_message(data: bytes) -> stun.Message:
    """Return the STUN message in `data`.

    Raises:
        ValueError: there is none.
    """
    try:
        return _stun_parse_message(data)
    except struct.error as exc:
        raise ValueError(f"expected a STUN message, got one with an attribute cut short: {exc}") from exc


class _FewSources(Session):
    """Takes packets of the first streams that the peer's key vouched for; a stranger's take no place."""

    def __init__(self, policy: Policy | None = None) -> None:
        super().__init__(policy)
        self._sources: set[bytes] = set()

    def unprotect(self, packet: bytes) -> bytes:
        return self._of_few(packet, packet[_RTP_SOURCE], super().unprotect)

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        return self._of_few(packet, packet[_RTCP_SOURCE], super().unprotect_rtcp)

    def _of_few(self, packet: bytes, source: bytes, unprotect: Callable[[bytes], bytes]) -> bytes:
        if source not in self._sources and len(self._sources) >= MAX_SOURCES:
            raise Error(f"expected at most {MAX_SOURCES} sources in one connection, got another")
        plain = unprotect(packet)
        self._sources.add(source)
        return plain


class _MissesFew(NackGenerator):
    """Asks for the packets before a leap that may still be had; aiortc would count through all that were leapt over."""

    def add(self, packet: RtpPacket) -> bool:
        oldest = uint16_add(packet.sequence_number, -RTP_HISTORY_SIZE)
        if self.max_seq is not None and uint16_gt(oldest, self.max_seq):
            self.missing.clear()
            self.max_seq = oldest
        return super().add(packet)


class _Reportable(StreamStatistics):
    """Never says more than a receiver report has room for (RFC 3550, 6.4.1)."""

    @property
    def jitter(self) -> int:
        return min(super().jitter, _MOST_IN_A_REPORT)


def guard(connection: RTCPeerConnection) -> None:
    """Keep from aiortc what would end the session; before the answer is made.

    That is: empty datagrams, whoever sent them, and packets behind the key that aiortc cannot read.
    """
    transports = {each.receiver.transport for each in connection.getTransceivers()}
    if connection.sctp is not None:
        transports.add(connection.sctp.transport)
    for transport in transports:
        _guard(transport)


def _guard(transport: RTCDtlsTransport) -> None:
    receive, read_rtp, read_rtcp = transport.transport._recv, transport._handle_rtp_data, transport._handle_rtcp_data

    async def receive_some() -> bytes:
        while not (datagram := await receive()):
            pass
        return datagram

    async def rtp_came(data: bytes, arrival_time_ms: int) -> None:
        await _read(read_rtp(data, arrival_time_ms=arrival_time_ms))

    async def rtcp_came(data: bytes) -> None:
        await _read(read_rtcp(data))

    transport.transport._recv = receive_some
    transport._handle_rtp_data = rtp_came  # type: ignore[method-assign] # a seam
    transport._handle_rtcp_data = rtcp_came  # type: ignore[method-assign] # a seam


async def _read(reading: Awaitable[None]) -> None:
    try:
        await reading
    except struct.error as exc:  # of a header extension, or a REMB, that is shorter than it says
        _log.debug("peer_packet_unreadable", why=str(exc))
