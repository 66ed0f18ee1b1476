"""Stands where aiortc's RTCRtpSender would in the audio section: sends the shared sound, and encodes nothing."""

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import Callable
from typing import Final

from aiortc import RTCDtlsTransport, clock
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import (
    AnyRtcpPacket,
    HeaderExtensionsMap,
    RtcpByePacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
    RtpPacket,
)
from aiortc.stats import RTCStatsReport
from aiortc.utils import random16, random32

from robot_agent.media import aiortc_seams as seams
from robot_agent.media.voice.listeners import Ear, HallSound, Listeners

MAX_BACKLOG_BYTES: Final = 64 * 1024  # as for the picture: above, the path is stalled

_NS_PER_S: Final = 1_000_000_000
_CNAME_ITEM: Final = 1  # RFC 3550, 6.5.1


class HallSender:
    """Sends one listener's copy of the hall. It has what aiortc uses of a sender, and no other relation to aiortc's.

    `on_heard` is called for each RTCP packet about this stream.
    """

    kind: Final = "audio"
    track: MediaStreamTrack | None = None

    def __init__(
        self, transport: RTCDtlsTransport, *, listeners: Listeners, stream_id: str, on_heard: Callable[[], None]
    ) -> None:
        self.transport = transport
        self._listeners = listeners
        self._on_heard = on_heard
        self._ssrc = random32()
        self._rtx_ssrc = random32()  # aiortc writes it into the answer where RTX is negotiated: never for Opus
        self._stream_id = stream_id
        self._track_id = str(uuid.uuid4())
        self._enabled = True  # set by the transceiver
        self._cname = ""
        self._ear: Ear | None = None
        self._newest: HallSound | None = None
        self._packets = 0
        self._octets = 0
        self._tasks: list[asyncio.Task[None]] = []

    def setTransport(self, transport: RTCDtlsTransport) -> None:  # noqa: N802 - aiortc's name
        """Move to the bundled transport, during negotiation."""
        self.transport = transport

    async def getStats(self) -> RTCStatsReport:  # noqa: N802 - aiortc's name
        """Report nothing of our own."""
        return RTCStatsReport()

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Start sending; called by the peer connection when DTLS is up."""
        if self._tasks:
            return
        seams.register_sender(self.transport, self, parameters)
        self._cname = parameters.rtcp.cname or ""
        self._ear = self._listeners.join()
        self._tasks = [
            asyncio.create_task(self._send_sound(self._ear, parameters), name="hall-rtp"),
            asyncio.create_task(self._send_reports(), name="hall-rtcp"),
        ]

    async def stop(self) -> None:
        """Stop sending for good and say goodbye."""
        if self._ear is not None:
            self._listeners.leave(self._ear)
        if not self._tasks:
            return
        seams.unregister_sender(self.transport, self)
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        with contextlib.suppress(ConnectionError):
            await seams.send_rtp(self.transport, bytes(RtcpByePacket(sources=[self._ssrc])))

    async def _send_sound(self, ear: Ear, parameters: RTCRtpSendParameters) -> None:
        extensions = HeaderExtensionsMap()
        extensions.configure(parameters)
        packet = RtpPacket(
            payload_type=parameters.codecs[0].payloadType or 0,
            ssrc=self._ssrc,
            sequence_number=random16() % 2**15,  # the lower half, so that an early wrap does not confuse SRTP
        )
        packet.extensions.mid = parameters.muxId
        with contextlib.suppress(ConnectionError):  # the transport has gone; the peer connection says so
            while True:
                sound = await ear.next()
                if seams.backlog_bytes(self.transport) > MAX_BACKLOG_BYTES:
                    continue
                packet.timestamp, packet.payload = sound.rtp_time, sound.payload
                await seams.send_rtp(self.transport, packet.serialize(extensions))
                packet.sequence_number = (packet.sequence_number + 1) & 0xFFFF
                self._newest = sound
                self._packets += 1
                self._octets += len(sound.payload)

    async def _send_reports(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await asyncio.sleep(0.5 + random.random())  # noqa: S311 - RFC 3550, 6.2: spread reports, no secret
                if self._newest is not None:
                    await seams.send_rtp(self.transport, self._report(self._newest))

    def _report(self, newest: HallSound) -> bytes:
        """Return a sender report that ties the newest packet's RTP time to the wall-clock time of its capture."""
        age_ns = time.monotonic_ns() - newest.captured_ns
        report = RtcpSrPacket(
            ssrc=self._ssrc,
            sender_info=RtcpSenderInfo(
                ntp_timestamp=clock.current_ntp_time() - (age_ns << 32) // _NS_PER_S,
                rtp_timestamp=newest.rtp_time,
                packet_count=self._packets & 0xFFFFFFFF,
                octet_count=self._octets & 0xFFFFFFFF,
            ),
        )
        name = RtcpSourceInfo(ssrc=self._ssrc, items=[(_CNAME_ITEM, self._cname.encode())])
        return bytes(report) + bytes(RtcpSdesPacket(chunks=[name]))

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        del packet
        self._on_heard()
