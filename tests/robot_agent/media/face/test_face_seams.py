"""aiortc's private names that the face relies on."""

import pytest
from aiortc import RTCPeerConnection, RTCRtpCodecParameters
from aiortc.rtp import RtpPacket

from robot_agent.media.face import aiortc_seams as seams

pytestmark = pytest.mark.asyncio

VP8 = RTCRtpCodecParameters(mimeType="video/VP8", clockRate=90_000, payloadType=96)
VP8_DESCRIPTOR = b"\x10"


async def test_packets_are_passed_on_with_their_data_and_nothing_is_decoded() -> None:
    connection = RTCPeerConnection()
    receiver = connection.addTransceiver("video", direction="recvonly").receiver
    taken: list[bytes] = []
    asked_of: list[int] = []

    def take(packet: RtpPacket) -> bool:
        taken.append(seams.depayloaded(packet))
        return True

    async def note(media_ssrc: int) -> None:
        asked_of.append(media_ssrc)

    seams.take_packets(receiver, take)
    receiver._send_rtcp_pli = note  # type: ignore[method-assign] # to see what it asks for
    receiver._RTCRtpReceiver__codecs[96] = VP8  # type: ignore[attr-defined] # as `receive` does
    packet = RtpPacket(payload_type=96, marker=1, sequence_number=1, timestamp=1, ssrc=9, payload=VP8_DESCRIPTOR + b"x")
    await receiver._handle_rtp_packet(packet, arrival_time_ms=0)
    await connection.close()

    assert taken == [b"x"]
    assert asked_of == [9]
    assert receiver._RTCRtpReceiver__decoder_queue.empty()  # type: ignore[attr-defined] # aiortc's own decoder rests


async def test_of_the_codecs_only_vp8_and_its_repairs_are_left() -> None:
    browser, robot = RTCPeerConnection(), RTCPeerConnection()
    browser.addTransceiver("video", direction="sendonly")
    await browser.setLocalDescription(await browser.createOffer())
    await robot.setRemoteDescription(browser.localDescription)
    (section,) = robot.getTransceivers()

    assert seams.only_vp8(section)
    section.direction = "recvonly"
    await robot.setLocalDescription(await robot.createAnswer())

    codecs = [line for line in robot.localDescription.sdp.splitlines() if line.startswith("a=rtpmap")]
    assert ["VP8" in codecs[0], "rtx" in codecs[1], len(codecs)] == [True, True, 2]
    await browser.close()
    await robot.close()
