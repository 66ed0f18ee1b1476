"""Every use of a private name of aiortc 1.16 that the face makes, beside those of `robot_agent.media.aiortc_seams`.

`tests/robot_agent/media/face/test_face_seams.py` holds each of them.
"""

from collections.abc import Callable
from typing import Final

from aiortc import RTCRtpReceiver, RTCRtpTransceiver
from aiortc.rtp import RtpPacket

_JITTER_BUFFER: Final = "_RTCRtpReceiver__jitter_buffer"


class _PassOn:
    """Stands where aiortc's jitter buffer would, which holds each picture back until the next one begins."""

    def __init__(self, take: Callable[[RtpPacket], bool]) -> None:
        self._take = take

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        """Take a packet; return (whether to ask for a keyframe, nothing for aiortc to decode)."""
        return self._take(packet), None


def take_packets(receiver: RTCRtpReceiver, take: Callable[[RtpPacket], bool]) -> None:
    """Have `take` called for each packet of `receiver`, repaired ones too; what it returns asks for a keyframe.

    The receiver goes on reporting, and asking for what is lost; it decodes nothing.
    """
    setattr(receiver, _JITTER_BUFFER, _PassOn(take))


def depayloaded(packet: RtpPacket) -> bytes:
    """Return the packet's VP8 data, its descriptor taken off."""
    data: bytes = packet._data  # type: ignore[attr-defined] # set by aiortc before the jitter buffer
    return data


def only_vp8(transceiver: RTCRtpTransceiver) -> bool:
    """Leave only VP8, and its RTX, among the negotiated codecs; False when there is none."""
    for codec in transceiver._codecs:
        if codec.mimeType.lower() == "video/vp8":
            repairs = [c for c in transceiver._codecs if c.parameters.get("apt") == codec.payloadType]
            transceiver._codecs = [codec, *repairs[:1]]
            return True
    return False
