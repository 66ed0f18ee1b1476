"""One peer's section for its face: packets in, whole pictures out, on the event loop."""

import time
from collections.abc import Callable
from typing import Final

from aiortc import RTCRtpTransceiver
from aiortc.rtp import RtpPacket

from robot_agent.media.face import aiortc_seams as seams
from robot_agent.media.face.joiner import Part, PictureJoiner

MAX_PICTURE_BYTES: Final = 256 * 1024


class FaceSeat:
    """`on_picture` gets each whole picture while `is_shown` holds; nobody else's is even put together."""

    def __init__(self, *, is_shown: Callable[[], bool], on_picture: Callable[[bytes], bool]) -> None:
        self._is_shown = is_shown
        self._on_picture = on_picture
        self._on_heard: Callable[[], None] | None = None
        self._joiner = PictureJoiner()

    def take(self, transceiver: RTCRtpTransceiver, *, on_heard: Callable[[], None]) -> None:
        """Prepare the section; without VP8 in the offer it stays inactive."""
        if not seams.only_vp8(transceiver):
            return
        transceiver.direction = "recvonly"
        self._on_heard = on_heard
        seams.take_packets(transceiver.receiver, self._take)

    def leave(self) -> None:
        """Take nothing more."""
        self._on_heard = None

    def _take(self, packet: RtpPacket) -> bool:
        """Take a packet; return whether to ask for a keyframe."""
        if self._on_heard is None:
            return False
        self._on_heard()
        if not self._is_shown():
            self._joiner.restart()
            return False
        now_ns = time.monotonic_ns()
        part = Part(packet.sequence_number, seams.depayloaded(packet), bool(packet.marker))
        for picture in self._joiner.add(part, now_ns=now_ns):
            if len(picture) > MAX_PICTURE_BYTES or not self._on_picture(picture):
                self._joiner.restart()
        return self._joiner.asks(now_ns=now_ns)
