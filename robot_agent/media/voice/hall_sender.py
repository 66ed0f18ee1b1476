"""Sends one listener's copy of what it hears, in the place of aiortc's RTCRtpSender."""

import contextlib
from collections.abc import Callable, Coroutine, Mapping

from aiortc import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket

from robot_agent.media import aiortc_seams as seams
from robot_agent.media.stand_in import SenderStandIn, Sent, first_sequence
from robot_agent.media.voice.listeners import Ear, HallSound, Listeners


class HallSender(SenderStandIn):
    """Sends the shared sound; whose path is stalled misses what would come too late."""

    kind = "audio"

    def __init__(
        self,
        transport: RTCDtlsTransport,
        *,
        peer: str,
        listeners: Listeners,
        stream_id: str,
        on_heard: Callable[[], None],
    ) -> None:
        super().__init__(transport, stream_id=stream_id, on_heard=on_heard)
        self._peer = peer
        self._listeners = listeners
        self._ear: Ear | None = None
        self._newest: HallSound | None = None
        self._packets = 0
        self._octets = 0

    def _begin(self, parameters: RTCRtpSendParameters) -> Mapping[str, Coroutine[object, object, None]]:
        self._ear = self._listeners.join(self._peer)
        return {"rtp": self._send_sound(self._ear, parameters)}

    def _leave(self) -> None:
        if self._ear is not None:
            self._listeners.leave(self._ear)

    def _sent(self) -> Sent | None:
        if self._newest is None:
            return None
        return Sent(self._newest.rtp_time, self._newest.captured_ns, self._packets, self._octets)

    async def _send_sound(self, ear: Ear, parameters: RTCRtpSendParameters) -> None:
        extensions = HeaderExtensionsMap()
        extensions.configure(parameters)
        packet = RtpPacket(
            payload_type=parameters.codecs[0].payloadType or 0,
            ssrc=self._ssrc,
            sequence_number=first_sequence(),
        )
        packet.extensions.mid = parameters.muxId
        with contextlib.suppress(ConnectionError):  # the transport has gone; the peer connection says so
            while True:
                sound = await ear.next()
                if self._is_stalled:
                    continue
                packet.timestamp, packet.payload = sound.rtp_time, sound.payload
                await seams.send_rtp(self.transport, packet.serialize(extensions))
                packet.sequence_number = (packet.sequence_number + 1) & 0xFFFF
                self._newest = sound
                self._packets += 1
                self._octets += len(sound.payload)
