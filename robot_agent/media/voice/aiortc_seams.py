"""Every use of a private name of aiortc 1.16 that the voice makes, beside those of `robot_agent.media.aiortc_seams`.

`tests/robot_agent/media/voice/test_voice_seams.py` holds each of them.
"""

from collections.abc import Callable
from typing import Final

from aiortc import RTCRtpReceiver, RTCRtpTransceiver
from aiortc.rtp import RtpPacket

_JITTER_BUFFER: Final = "_RTCRtpReceiver__jitter_buffer"
_OFFERED: Final = "_offerDirection"


class _PassOn:
    """Stands where aiortc's jitter buffer would: hands every packet on, and never has a frame to decode."""

    def __init__(self, take: Callable[[RtpPacket], None]) -> None:
        self._take = take

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        """Take a packet; return (no keyframe is needed, no frame is whole)."""
        self._take(packet)
        return False, None


def take_packets(receiver: RTCRtpReceiver, take: Callable[[RtpPacket], None]) -> None:
    """Have `take` called for each RTP packet of `receiver`, which goes on reporting loss and decodes nothing."""
    setattr(receiver, _JITTER_BUFFER, _PassOn(take))


def only_opus_with_fec(transceiver: RTCRtpTransceiver) -> bool:
    """Leave only Opus among the negotiated codecs and ask for in-band FEC (RFC 7587); False when there is none."""
    for codec in transceiver._codecs:
        if codec.mimeType.lower() == "audio/opus":
            codec.parameters.update({"minptime": 10, "useinbandfec": 1})
            transceiver._codecs = [codec]
            return True
    return False


def offers_to_send(transceiver: RTCRtpTransceiver) -> bool:
    """Return whether the other side offered to send here: aiortc turned its direction round already."""
    return getattr(transceiver, _OFFERED) in {"recvonly", "sendrecv"}
