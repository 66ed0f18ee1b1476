"""One peer's audio section: the hall's sound goes out, the peer's voice comes in where the peer may be heard."""

import time
import uuid
from collections.abc import Callable

from aiortc import RTCRtpTransceiver
from aiortc.rtp import RtpPacket

from robot_agent.media import aiortc_seams as seams
from robot_agent.media.voice import aiortc_seams as voice_seams
from robot_agent.media.voice.hall_sender import HallSender
from robot_agent.media.voice.listeners import Listeners
from robot_agent.media.voice.talker import VoicePacket

MAX_PAYLOAD_BYTES = 1500


class VoiceSeat:
    """`on_voice` gets each packet of the peer's voice, on the event loop; None: this peer only listens."""

    def __init__(
        self,
        peer: str,
        *,
        listeners: Listeners,
        on_voice: Callable[[VoicePacket], None] | None,
        on_leave: Callable[[], None],
    ) -> None:
        self._peer = peer
        self._listeners = listeners
        self._on_voice = on_voice
        self._on_leave = on_leave
        self._on_heard: Callable[[], None] | None = None

    def take(self, transceiver: RTCRtpTransceiver, *, on_heard: Callable[[], None]) -> None:
        """Prepare the section; without Opus in the offer it stays inactive."""
        if not voice_seams.only_opus_with_fec(transceiver):
            return
        transceiver.direction = "sendonly"
        if self._on_voice is not None and voice_seams.offers_to_send(transceiver):
            transceiver.direction = "sendrecv"
            self._on_heard = on_heard
            voice_seams.take_packets(transceiver.receiver, self._take)
        sender = HallSender(
            transceiver.receiver.transport,
            peer=self._peer,
            listeners=self._listeners,
            stream_id=str(uuid.uuid4()),  # not the picture's: in one stream a browser may hold up the one for the other
            on_heard=on_heard,
        )
        seams.replace_sender(transceiver, sender)

    def leave(self) -> None:
        """Forget the peer."""
        self._on_leave()

    def _take(self, packet: RtpPacket) -> None:
        if self._on_heard is not None:
            self._on_heard()
        if self._on_voice is None or not 0 < len(packet.payload) <= MAX_PAYLOAD_BYTES:
            return
        self._on_voice(VoicePacket(packet.ssrc, packet.timestamp, packet.payload, time.monotonic_ns()))
