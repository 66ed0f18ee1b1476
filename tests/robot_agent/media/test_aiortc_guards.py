"""Holds every private name of aiortc and aioice that the guards rely on, and shows what is refused."""

import inspect
import struct

import google_crc32c
import pytest
from aioice import ice, stun
from aiortc import RTCDtlsTransport, RTCIceTransport, RTCRtpReceiver, rtcdtlstransport, rtcrtpreceiver, rtcsctptransport
from aiortc.rtp import RTP_HISTORY_SIZE, RtcpReceiverInfo, RtcpRrPacket, RtpPacket
from pylibsrtp import Error, Policy, Session

from robot_agent.media import aiortc_guards as guards


def names_in(member: object) -> str:
    return inspect.getsource(member)  # type: ignore[arg-type] # classes and functions alike


def test_a_dtls_transport_receives_through_an_attribute_and_looks_at_the_first_byte_of_whatever_comes() -> None:
    assert "self._recv = self._connection.recv" in names_in(RTCIceTransport)
    source = names_in(RTCDtlsTransport._recv_next)
    assert source.count("self.transport._recv()") == 2
    assert "first_byte = data[0]" in source


def sctp(kind: int, body: bytes) -> bytes:
    chunk = struct.pack("!BBH", kind, 0, 4 + len(body)) + body
    head = struct.pack("!HHL", 5000, 5000, 0)
    checksum = google_crc32c.value(head + bytes(4) + chunk)
    return head + struct.pack("<L", checksum) + chunk


WITH_PARAMS = [(1, bytes(16)), (2, bytes(16)), (4, b""), (5, b""), (6, b""), (9, b""), (130, b"")]


@pytest.mark.timeout(10)  # it would be for ever
@pytest.mark.parametrize(("kind", "before"), WITH_PARAMS)
def test_a_parameter_without_length_is_refused_and_not_read_for_ever(kind: int, before: bytes) -> None:
    guards.refuse_what_would_choke()

    with pytest.raises(ValueError, match="got 0"):
        rtcsctptransport.parse_packet(sctp(kind, before + b"\x00\x07\x00\x00"))


def test_a_stun_attribute_that_is_cut_short_is_no_message() -> None:
    guards.refuse_what_would_choke()
    priority_of_no_bytes = struct.pack("!HH", 0x24, 0)

    with pytest.raises(ValueError, match="cut short"):
        stun.parse_message(struct.pack("!HHI", 1, 4, 0x2112A442) + bytes(12) + priority_of_no_bytes)
    assert "stun.parse_message(data)" in names_in(ice.StunProtocol.datagram_received)
    assert "except ValueError" in names_in(ice.StunProtocol.datagram_received)


def test_other_parameters_are_read_as_ever() -> None:
    guards.refuse_what_would_choke()
    params = [(7, b"abc"), (0x8008, b""), (9, b"four")]

    packet = sctp(4, rtcsctptransport.encode_params(params))

    [chunk] = rtcsctptransport.parse_packet(packet)[3]
    assert chunk.params == params  # type: ignore[attr-defined]  # of a heartbeat


def rtp(sequence: int = 0, at: int = 0, *, ssrc: int = 1) -> RtpPacket:
    return RtpPacket(payload_type=111, sequence_number=sequence, timestamp=at, ssrc=ssrc)


def test_a_leap_of_sequence_numbers_costs_no_more_than_what_may_still_be_repaired() -> None:
    guards.refuse_what_would_choke()
    missed = rtcrtpreceiver.NackGenerator()
    missed.add(rtp(1))
    counted = 0

    class Counting(set[int]):
        def add(self, sequence: int) -> None:
            nonlocal counted
            counted += 1
            super().add(sequence)

    missed.missing = Counting()
    missed.add(rtp(30_000))

    assert counted == len(missed.missing) == RTP_HISTORY_SIZE - 1
    assert "self.__nack_generator = NackGenerator()" in names_in(RTCRtpReceiver)


def test_a_small_gap_is_asked_for_as_ever() -> None:
    guards.refuse_what_would_choke()
    missed = rtcrtpreceiver.NackGenerator()
    missed.add(rtp(65_534))

    assert missed.add(rtp(2))
    assert missed.missing == {65_535, 0, 1}


def test_whatever_the_times_say_the_jitter_fits_into_its_report() -> None:
    guards.refuse_what_would_choke()
    statistics = rtcrtpreceiver.StreamStatistics(48_000)
    statistics.add(rtp(0, 0))
    statistics._jitter_q4 = 2**40

    report = RtcpReceiverInfo(1, 0, 0, 0, statistics.jitter, 0, 0)

    assert len(bytes(report)) == 24
    assert "StreamStatistics(codec.clockRate)" in names_in(RTCRtpReceiver)


class Path:
    """Where a transport has its datagrams from."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    async def _recv(self) -> bytes:
        return self.waiting.pop(0)


class Transport:
    """What is guarded of a DTLS transport; what it may not read, it cannot."""

    def __init__(self) -> None:
        self.transport = Path()
        self.read: list[bytes] = []

    async def _handle_rtp_data(self, data: bytes, arrival_time_ms: int) -> None:
        await self._handle_rtcp_data(data)

    async def _handle_rtcp_data(self, data: bytes) -> None:
        if data.endswith(b"broken"):
            raise struct.error("unpack requires a buffer of 4 bytes")
        self.read.append(data)


@pytest.fixture
def transport() -> Transport:
    guarded = Transport()
    guards._guard(guarded)  # type: ignore[arg-type] # has what is needed of one
    return guarded


@pytest.mark.asyncio
async def test_an_empty_datagram_is_passed_over(transport: Transport) -> None:
    transport.transport.waiting = [b"", b"", b"dtls"]

    assert await transport.transport._recv() == b"dtls"


KEY = bytes(range(30))


def sessions() -> tuple[Session, Session]:
    """Return how a peer encrypts, and how the robot takes that in."""
    guards.refuse_what_would_choke()
    out = Session(Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_OUTBOUND))
    return out, getattr(rtcdtlstransport, guards._SESSION)(Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_INBOUND))


def test_above_the_limit_no_other_source_is_taken_in() -> None:
    peer, robot = sessions()
    for ssrc in range(guards.MAX_SOURCES - 1):
        robot.unprotect(peer.protect(rtp(ssrc=ssrc).serialize()))
    report = bytes(RtcpRrPacket(ssrc=99))
    assert robot.unprotect_rtcp(peer.protect_rtcp(report)) == report

    with pytest.raises(Error, match="at most 16 sources"):
        robot.unprotect(peer.protect(rtp(ssrc=100).serialize()))
    with pytest.raises(Error, match="at most 16 sources"):
        robot.unprotect_rtcp(peer.protect_rtcp(bytes(RtcpRrPacket(ssrc=100))))
    known = rtp(1, ssrc=0).serialize()
    assert robot.unprotect(peer.protect(known)) == known


def test_what_no_key_vouches_for_takes_no_place() -> None:
    peer, robot = sessions()
    for ssrc in range(2 * guards.MAX_SOURCES):
        with pytest.raises(Error, match="auth"):
            robot.unprotect(rtp(ssrc=ssrc).serialize() + bytes(20))

    speech = rtp(ssrc=100).serialize()
    assert robot.unprotect(peer.protect(speech)) == speech


def test_a_transport_decrypts_with_a_session_of_its_module_and_bears_what_that_refuses() -> None:
    assert "self._rx_srtp = Session(rx_policy)" in names_in(RTCDtlsTransport)
    assert "except pylibsrtp.Error" in names_in(RTCDtlsTransport._recv_next)


@pytest.mark.asyncio
async def test_a_packet_that_aiortc_cannot_read_is_passed_over(transport: Transport) -> None:
    await transport._handle_rtp_data(b"broken", arrival_time_ms=0)
    await transport._handle_rtcp_data(b"broken")
    await transport._handle_rtcp_data(b"whole")

    assert transport.read == [b"whole"]


def test_a_transport_reads_what_it_decrypted_through_methods_of_its_own() -> None:
    source = names_in(RTCDtlsTransport._recv_next)
    assert "await self._handle_rtp_data(data, arrival_time_ms=arrival_time_ms)" in source
    assert "await self._handle_rtcp_data(data)" in source
    assert "except ValueError" in names_in(RTCDtlsTransport._handle_rtp_data)
