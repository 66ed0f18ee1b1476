"""What stands where aiortc's RTCRtpSender would: it sends shared pictures, and encodes nothing."""

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import Callable
from typing import Final

from aiortc import RTCDtlsTransport, RTCRtpCodecParameters, clock
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import (
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpByePacket,
    RtcpPsfbPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
)
from aiortc.stats import RTCStatsReport
from aiortc.utils import random16, random32

from robot_agent.media import aiortc_seams as seams
from robot_agent.media.fanout import Feed
from robot_agent.media.picture import Picture
from robot_agent.media.rendition import Rendition
from robot_agent.media.rtp import RtpStream, StreamParameters

MAX_BACKLOG_BYTES: Final = 64 * 1024  # a third of a second at the default rate: above, the path is stalled

_NS_PER_S: Final = 1_000_000_000
_CNAME_ITEM: Final = 1  # RFC 3550, 6.5.1


class PictureSender:
    """Sends one viewer's copy of the pictures and answers its RTCP.

    It has the attributes and methods that aiortc's peer connection and transceiver use of a sender, and no other
    relation to aiortc's. `on_heard` is called for each RTCP packet about this stream.
    """

    kind: Final = "video"
    track: MediaStreamTrack | None = None

    def __init__(
        self, transport: RTCDtlsTransport, *, rendition: Rendition, stream_id: str, on_heard: Callable[[], None]
    ) -> None:
        self.transport = transport
        self._rendition = rendition
        self._on_heard = on_heard
        self._ssrc = random32()
        self._rtx_ssrc = random32()
        self._stream_id = stream_id
        self._track_id = str(uuid.uuid4())
        self._enabled = True  # set by the transceiver
        self._cname = ""
        self._feed: Feed | None = None
        self._stream: RtpStream | None = None
        self._newest: Picture | None = None
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
        self._stream = RtpStream(
            self._stream_parameters(parameters),
            first_sequence=random16() % 2**15,  # the lower half, so that an early wrap does not confuse SRTP
            first_rtx_sequence=random16() % 2**15,
        )
        self._feed = self._rendition.join()
        self._tasks = [
            asyncio.create_task(self._send_pictures(self._feed, self._stream), name="rtp"),
            asyncio.create_task(self._send_reports(self._stream), name="rtcp"),
        ]

    async def stop(self) -> None:
        """Stop sending for good and say goodbye."""
        if self._feed is not None:
            self._rendition.leave(self._feed)
        if not self._tasks:
            return
        seams.unregister_sender(self.transport, self)
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        with contextlib.suppress(ConnectionError):
            await seams.send_rtp(self.transport, bytes(RtcpByePacket(sources=[self._ssrc])))

    def _stream_parameters(self, parameters: RTCRtpSendParameters) -> StreamParameters:
        codec = parameters.codecs[0]
        return StreamParameters(
            ssrc=self._ssrc,
            rtx_ssrc=self._rtx_ssrc,
            payload_type=_payload_type(codec),
            rtx_payload_type=next(
                (_payload_type(c) for c in parameters.codecs if c.parameters.get("apt") == codec.payloadType), None
            ),
            mid=parameters.muxId,
            extensions={extension.uri: extension.id for extension in parameters.headerExtensions},
        )

    async def _send_pictures(self, feed: Feed, stream: RtpStream) -> None:
        with contextlib.suppress(ConnectionError):  # the transport has gone; the peer connection says so
            while True:
                picture = await feed.next()
                if seams.backlog_bytes(self.transport) > MAX_BACKLOG_BYTES:
                    feed.resync()
                    continue
                self._newest = picture
                for packet in stream.packets(picture, send_time=_send_time()):
                    await seams.send_rtp(self.transport, packet)

    async def _send_reports(self, stream: RtpStream) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await asyncio.sleep(0.5 + random.random())  # noqa: S311 - RFC 3550, 6.2: spread reports, no secret
                if self._newest is not None:
                    await seams.send_rtp(self.transport, self._report(self._newest, stream))

    def _report(self, newest: Picture, stream: RtpStream) -> bytes:
        """Return a sender report that ties the newest picture's RTP time to the wall-clock time of its capture."""
        age_ns = time.monotonic_ns() - newest.captured_ns
        report = RtcpSrPacket(
            ssrc=self._ssrc,
            sender_info=RtcpSenderInfo(
                ntp_timestamp=clock.current_ntp_time() - (age_ns << 32) // _NS_PER_S,
                rtp_timestamp=newest.rtp_time,
                packet_count=stream.packet_count & 0xFFFFFFFF,
                octet_count=stream.octet_count & 0xFFFFFFFF,
            ),
        )
        name = RtcpSourceInfo(ssrc=self._ssrc, items=[(_CNAME_ITEM, self._cname.encode())])
        return bytes(report) + bytes(RtcpSdesPacket(chunks=[name]))

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        self._on_heard()
        if isinstance(packet, RtcpPsfbPacket) and packet.fmt in {RTCP_PSFB_PLI, RTCP_PSFB_FIR}:
            self._rendition.ask_keyframe()
        elif isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK and self._stream is not None:
            for sequence in packet.lost:
                repair = self._stream.repair(sequence, send_time=_send_time())
                if repair is not None:
                    with contextlib.suppress(ConnectionError):
                        await seams.send_rtp(self.transport, repair)


def _payload_type(codec: RTCRtpCodecParameters) -> int:
    if codec.payloadType is None:
        raise ValueError(f"expected a payload type for {codec.mimeType}, got none")
    return codec.payloadType


def _send_time() -> int:
    """Return abs-send-time now: 24 bits of NTP time, 6.18 fixed point."""
    return (clock.current_ntp_time() >> 14) & 0x00FFFFFF
