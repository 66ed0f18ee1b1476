"""Holds every private name of aiortc that the voice relies on: an upgrade must fail here first."""

import inspect

import pytest
from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCRtpSender
from aiortc.codecs import CODECS

from robot_agent.media.voice import aiortc_seams as seams
from robot_agent.media.voice.hall_sender import HallSender


def test_a_receiver_keeps_its_jitter_buffer_where_we_replace_it_and_asks_nothing_else_of_it() -> None:
    source = inspect.getsource(RTCRtpReceiver)

    assert "self.__jitter_buffer = JitterBuffer(capacity=16, prefetch=4)" in source
    assert "pli_flag, encoded_frame = self.__jitter_buffer.add(packet)" in source
    assert source.count("self.__jitter_buffer") == 3
    assert seams._JITTER_BUFFER == "_RTCRtpReceiver__jitter_buffer"


def test_a_receiver_goes_on_reporting_and_decodes_nothing_without_a_frame() -> None:
    source = inspect.getsource(RTCRtpReceiver._handle_rtp_packet)

    assert source.index("self.__remote_streams[packet.ssrc].add(packet)") < source.index("self.__jitter_buffer.add")
    assert "if encoded_frame is not None and self.__decoder_thread" in source


def test_opus_is_known_and_its_parameters_are_copied_for_each_section() -> None:
    assert CODECS["audio"][0].mimeType == "audio/opus"
    assert CODECS["audio"][0].parameters == {}
    module = inspect.getsource(inspect.getmodule(RTCPeerConnection))  # type: ignore[arg-type] # it has one
    assert "codec = copy.deepcopy(codec)" in module
    assert "transceiver._offerDirection = direction" in module
    assert "direction = reverse_direction(media.direction)" in module


@pytest.mark.parametrize("name", ["kind", "track", "setTransport", "getStats", "send", "stop", "_handle_rtcp_packet"])
def test_our_sender_has_what_aiortc_uses_of_a_sender(name: str) -> None:
    assert hasattr(RTCRtpSender, name)
    assert hasattr(HallSender, name)
