"""What stands where aiortc's RTCRtpSender would: it sends shared pictures, and encodes nothing."""

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import Callable, Iterator
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
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
)
from aiortc.stats import RTCStatsReport
from aiortc.utils import random16, random32

from robot_agent.media import aiortc_seams as seams
from robot_agent.media.picture import Picture
from robot_agent.media.rate.flow import Flow
from robot_agent.media.rate.pacer import Kind, Outgoing
from robot_agent.media.rate.twcc import feedback_in, is_alone
from robot_agent.media.rtp import RtpStream, StreamParameters
from robot_agent.media.subscriptions import Subscription, Subscriptions
from teleop_core.timebase import NS_PER_MS, NS_PER_S
from teleop_core.wire.messages import PictureArrivals

START_BPS: Final = 1_000_000.0  # until the road is known
MAX_BACKLOG_BYTES: Final = 64 * 1024  # a third of a second at the default rate: above, the path is stalled

_LOSS_UNIT: Final = 256  # RFC 3550, 6.4.1
_CNAME_ITEM: Final = 1  # RFC 3550, 6.5.1


class PictureSender:
    """Sends one viewer's copy of the pictures as its road allows, and answers its RTCP.

    It has the attributes and methods that aiortc's peer connection and transceiver use of a sender, and no other
    relation to aiortc's. `on_heard` is called for each RTCP packet about this stream, `on_picture` for each picture
    that is sent.
    """

    kind: Final = "video"
    track: MediaStreamTrack | None = None

    def __init__(
        self,
        transport: RTCDtlsTransport,
        *,
        session: str,
        subscriptions: Subscriptions,
        best: int,
        stream_id: str,
        on_heard: Callable[[], None],
        on_picture: Callable[[Picture], None],
    ) -> None:
        self.transport = transport
        self._session = session
        self._subscriptions = subscriptions
        self._best = best
        self._on_heard = on_heard
        self._on_picture = on_picture
        self._ssrc = random32()
        self._rtx_ssrc = random32()
        self._stream_id = stream_id
        self._track_id = str(uuid.uuid4())
        self._enabled = True  # set by the transceiver
        self._cname = ""
        self._flow = Flow(start_bps=START_BPS, ceiling_bps=subscriptions.ceiling_bps)
        self._subscription: Subscription | None = None
        self._stream: RtpStream | None = None
        self._newest: Picture | None = None
        self._stir = asyncio.Event()  # something may leave
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_ns = 0
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
        self._subscription = self._subscriptions.join(
            self._flow, session=self._session, best=self._best, now_ns=time.monotonic_ns()
        )
        seams.overhear_rtcp(self.transport, self._rtcp_came)
        self._tasks = [
            asyncio.create_task(self._take_pictures(self._subscription, self._stream), name="pictures"),
            asyncio.create_task(self._send_packets(self._stream), name="rtp"),
            asyncio.create_task(self._send_reports(self._stream), name="rtcp"),
        ]

    async def stop(self) -> None:
        """Stop sending for good and say goodbye."""
        if self._subscription is not None:
            self._subscriptions.leave(self._subscription)
        if not self._tasks:
            return
        seams.unregister_sender(self.transport, self)
        for task in self._tasks:
            task.cancel()
        if self._timer is not None:
            self._timer.cancel()
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

    async def _take_pictures(self, subscription: Subscription, stream: RtpStream) -> None:
        while True:
            picture = await subscription.next()
            now_ns = time.monotonic_ns()
            if seams.backlog_bytes(self.transport) > MAX_BACKLOG_BYTES or self._flow.is_stuck(now_ns=now_ns):
                self._flow.begin_anew()
                continue
            if self._flow.is_out or (self._flow.keyframe_wanted and not picture.keyframe):
                continue  # the viewer could not show it
            self._newest = picture
            self._flow.picture(
                stream.number(picture), rtp_time=picture.rtp_time, is_keyframe=picture.keyframe, now_ns=now_ns
            )
            self._send_due(stream)
            self._on_picture(picture)

    async def _send_packets(self, stream: RtpStream) -> None:
        """Send what the pace held back, and repairs, when their time has come."""
        while True:
            await self._stir.wait()
            self._stir.clear()
            self._send_due(stream)

    def _send_due(self, stream: RtpStream) -> None:
        now_ns = time.monotonic_ns()
        due = self._flow.due(now_ns=now_ns)
        if due:
            with contextlib.suppress(ConnectionError):  # the transport has gone; the peer connection says so
                seams.send_media(self.transport, self._written(due, stream, now_ns=now_ns))
        self._wake_in_time(now_ns=now_ns)

    def _written(self, due: list[Outgoing], stream: RtpStream, *, now_ns: int) -> Iterator[bytes]:
        send_time = _send_time()
        for packet in due:
            number = self._flow.left(packet, now_ns=now_ns)
            write = stream.media if packet.kind is Kind.MEDIA else stream.repair
            raw = write(packet.sequence, send_time=send_time, transport_number=number)
            if raw is not None:
                yield raw

    def _wake_in_time(self, *, now_ns: int) -> None:
        """Have `_send_packets` wake when something may leave; it may wake in vain."""
        next_ns = self._flow.next_ns()
        if next_ns is None or (self._timer is not None and self._wakes_ns <= next_ns):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._wakes_ns = next_ns
        self._timer = asyncio.get_running_loop().call_later(max(0, next_ns - now_ns) / NS_PER_S, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._stir.set()

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
                ntp_timestamp=clock.current_ntp_time() - (age_ns << 32) // NS_PER_S,
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
            if self._subscription is not None:
                self._subscription.ask_keyframe()
        elif isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            self._miss(packet.lost)
        elif isinstance(packet, RtcpRrPacket):
            for report in packet.reports:
                if report.ssrc == self._ssrc:
                    self._flow.report(report.fraction_lost / _LOSS_UNIT, now_ns=time.monotonic_ns())

    def pictures_came(self, arrivals: PictureArrivals) -> None:
        """Take in what the page says of single pictures, where its browser tells nothing of single packets."""
        came = [
            (each, round(at_ms * NS_PER_MS)) for each, at_ms in zip(arrivals.rtp_times, arrivals.at_ms, strict=False)
        ]
        now_ns = time.monotonic_ns()
        self._flow.pictures_came(came, now_ns=now_ns)
        self._wake_in_time(now_ns=now_ns)

    def _miss(self, sequences: list[int]) -> None:
        if self._stream is None:
            return
        known = [(each, size) for each in sequences if (size := self._stream.size_of(each)) is not None]
        self._flow.missing(known, now_ns=time.monotonic_ns())
        self._stir.set()

    def _rtcp_came(self, raw: bytes) -> bool:
        """Read the feedback on the whole transport, which aiortc knows nothing of; return whether that was all."""
        try:
            feedbacks = feedback_in(raw)
        except ValueError:
            return False  # aiortc drops and logs what is no RTCP
        for feedback in feedbacks:
            self._on_heard()
            now_ns = time.monotonic_ns()
            self._flow.feedback(feedback, now_ns=now_ns)
            self._wake_in_time(now_ns=now_ns)
        return len(feedbacks) == 1 and is_alone(raw)


def _payload_type(codec: RTCRtpCodecParameters) -> int:
    if codec.payloadType is None:
        raise ValueError(f"expected a payload type for {codec.mimeType}, got none")
    return codec.payloadType


def _send_time() -> int:
    """Return abs-send-time now: 24 bits of NTP time, 6.18 fixed point."""
    return (clock.current_ntp_time() >> 14) & 0x00FFFFFF
