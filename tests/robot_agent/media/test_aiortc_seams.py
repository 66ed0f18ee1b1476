"""Holds every private name of aiortc and aioice that the media plane relies on: an upgrade must fail here first."""

import inspect
from importlib.metadata import version

import aioice
import pytest
from aioice import ice, turn
from aiortc import (
    RTCCertificate,
    RTCDtlsTransport,
    RTCIceTransport,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
)
from aiortc.codecs import CODECS, HEADER_EXTENSIONS
from aiortc.rtcicetransport import RTCIceGatherer

from robot_agent.media import aiortc_seams as seams
from robot_agent.media.rate.twcc import TRANSPORT_CC_URI
from robot_agent.media.rtp import PLAYOUT_DELAY_URI
from robot_agent.media.sender import PictureSender


def names_in(member: object) -> str:
    return inspect.getsource(member)  # type: ignore[arg-type] # classes, functions and modules alike


def test_aiortc_is_the_version_that_these_seams_were_read_in() -> None:
    assert version("aiortc") == "1.16.0"
    assert version("aioice").startswith("0.13.")


def test_header_extensions_are_one_list_for_video_that_negotiation_reads() -> None:
    seams.negotiate_playout_delay()
    seams.negotiate_playout_delay()
    known = HEADER_EXTENSIONS["video"]

    assert [extension.uri for extension in known].count(PLAYOUT_DELAY_URI) == 1
    both = {extension.uri: extension.id for kind in ("audio", "video") for extension in HEADER_EXTENSIONS[kind]}
    assert len(set(both.values())) == len(both), "ids must be unique over audio and video, which share a transport"
    assert "HEADER_EXTENSIONS[media.kind]" in names_in(RTCPeerConnection.setRemoteDescription)


def test_transport_feedback_is_negotiated_as_an_extension_and_for_each_video_codec() -> None:
    seams.negotiate_transport_feedback()
    seams.negotiate_transport_feedback()

    assert [extension.uri for extension in HEADER_EXTENSIONS["video"]].count(TRANSPORT_CC_URI) == 1
    kinds = [[feedback.type for feedback in codec.rtcpFeedback] for codec in CODECS["video"] if codec.name != "rtx"]
    assert kinds
    assert all(each.count("transport-cc") == 1 for each in kinds)
    assert "codec.rtcpFeedback" in names_in(inspect.getmodule(RTCPeerConnection))


@pytest.mark.asyncio
async def test_rtcp_can_be_overheard_before_aiortc_reads_it_and_kept_from_it() -> None:
    heard: list[bytes] = []

    def hear(data: bytes) -> bool:
        heard.append(data)
        return data == b"feedback"

    class Transport:
        async def _handle_rtcp_data(self, data: bytes) -> None:
            heard.append(b"aiortc " + data)

    transport = Transport()
    seams.overhear_rtcp(transport, hear)  # type: ignore[arg-type]  # has what is needed of one
    await transport._handle_rtcp_data(b"report")
    await transport._handle_rtcp_data(b"feedback")

    assert heard == [b"report", b"aiortc report", b"feedback"]


def test_a_dtls_transport_reads_rtcp_through_a_method_of_its_own() -> None:
    assert "await self._handle_rtcp_data(data)" in names_in(RTCDtlsTransport._recv_next)


def test_a_packet_may_be_sent_twice_under_one_number() -> None:
    assert "allow_repeat_tx = True" in names_in(RTCDtlsTransport)


def test_constrained_baseline_is_among_the_codecs() -> None:
    profiles = [c.parameters.get("profile-level-id") for c in CODECS["video"] if c.mimeType == "video/H264"]

    assert "42e01f" in profiles


def test_a_transceiver_keeps_its_sender_and_codecs_where_we_replace_them() -> None:
    source = names_in(RTCRtpTransceiver)

    assert "self.__sender = sender" in source
    assert "self._codecs: list" in source
    assert "transceiver._codecs = common" in names_in(RTCPeerConnection.setRemoteDescription)
    assert "codecs=transceiver._codecs" in names_in(RTCPeerConnection)


@pytest.mark.parametrize("name", ["kind", "track", "setTransport", "getStats", "send", "stop", "_handle_rtcp_packet"])
def test_our_sender_has_what_aiortc_uses_of_a_sender(name: str) -> None:
    assert hasattr(RTCRtpSender, name)
    assert hasattr(PictureSender, name)


def test_aiortc_uses_nothing_else_of_a_sender() -> None:
    ours = {"_ssrc", "_rtx_ssrc", "_stream_id", "_track_id", "_enabled", "track", "transport"}
    ours |= {"send", "stop", "setTransport", "getStats", "replaceTrack"}
    source = names_in(inspect.getmodule(RTCPeerConnection)) + names_in(RTCRtpTransceiver)
    used = {part.split("(")[0].split(")")[0].split(",")[0].split(" ")[0] for part in _after(source, "sender.")}

    assert {name.split("}")[0].split("]")[0].split(".")[0].strip() for name in used} <= ours


def _after(source: str, word: str) -> list[str]:
    return [rest.splitlines()[0] for rest in source.split(word)[1:]]


def test_a_transport_routes_rtcp_to_senders_and_sends_rtp() -> None:
    register = names_in(RTCDtlsTransport._register_rtp_sender)
    assert "ssrc=sender._ssrc" in register
    assert "recipient._handle_rtcp_packet(packet)" in names_in(RTCDtlsTransport._handle_rtcp_data)
    assert list(inspect.signature(RTCDtlsTransport._unregister_rtp_sender).parameters) == ["self", "sender"]
    send = names_in(RTCDtlsTransport._send_rtp)
    assert "raise ConnectionError" in send
    assert "protect_rtcp(data)" in send


def test_media_goes_the_way_that_aiortc_and_aioice_would_send_it() -> None:
    send = names_in(RTCDtlsTransport._send_rtp)
    assert "self._state != State.CONNECTED" in send
    assert "self._tx_srtp.protect(data)" in send
    assert "await self.transport._send(data)" in send
    assert "self._send = self._connection.send" in names_in(RTCIceTransport)
    assert "await self.sendto(data, 1)" in names_in(ice.Connection.send)
    assert "active_pair.protocol.send_data(data, active_pair.remote_addr)" in names_in(ice.Connection.sendto)
    path = RTCIceTransport(RTCIceGatherer(iceServers=[]))
    with pytest.raises(ConnectionError):
        seams.send_media(RTCDtlsTransport(path, [RTCCertificate.generateCertificate()]), [b"packet"])


def test_the_nominated_path_can_be_found() -> None:
    connection = RTCIceGatherer(iceServers=[])._connection

    assert isinstance(connection, aioice.Connection)
    assert connection._nominated == {}
    assert "active_pair = self._nominated.get(component)" in names_in(ice.Connection.sendto)
    assert "self.transport.sendto(data, addr)" in names_in(ice.StunProtocol.send_data)
    assert "self.__inner_protocol = inner_protocol" in names_in(turn.TurnTransport)


def test_an_ice_agent_without_candidates_gives_up_only_when_told_that_none_will_come() -> None:
    assert "res = ICE_FAILED" in names_in(ice.Connection.connect)
    assert "self._remote_candidates_expected()" in names_in(ice.Connection._check_periodic)
