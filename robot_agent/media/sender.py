"""Sends one viewer's copy of the shared pictures, in the place of aiortc's RTCRtpSender."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Final

from aiortc import RTCDtlsTransport, RTCRtpCodecParameters, clock
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import (
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
)

from robot_agent.media import aiortc_seams as seams
from robot_agent.media.picture import Picture
from robot_agent.media.rate.flow import Flow
from robot_agent.media.rate.pacer import Kind, Outgoing
from robot_agent.media.rate.twcc import feedback_in, is_alone
from robot_agent.media.rtp import RtpStream, StreamParameters
from robot_agent.media.stand_in import SenderStandIn, Sent, first_sequence
from robot_agent.media.subscriptions import Subscription, Subscriptions
from teleop_core.timebase import NS_PER_MS, NS_PER_S
from teleop_core.wire.messages import PictureArrivals

START_BPS: Final = 1_000_000.0  # until the road is known

_LOSS_UNIT: Final = 256  # RFC 3550, 6.4.1


class PictureSender(SenderStandIn):
    """Sends the pictures as the viewer's road allows, and answers its RTCP; `on_picture` gets each that is sent."""

    kind = "video"

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
        super().__init__(transport, stream_id=stream_id, on_heard=on_heard)
        self._session = session
        self._subscriptions = subscriptions
        self._best = best
        self._on_picture = on_picture
        self._flow = Flow(start_bps=START_BPS, ceiling_bps=subscriptions.ceiling_bps)
        self._subscription: Subscription | None = None
        self._stream: RtpStream | None = None
        self._newest: Picture | None = None
        self._stir = asyncio.Event()  # something may leave
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_ns = 0

    def _begin(self, parameters: RTCRtpSendParameters) -> Mapping[str, Coroutine[object, object, None]]:
        self._stream = RtpStream(
            self._stream_parameters(parameters),
            first_sequence=first_sequence(),
            first_rtx_sequence=first_sequence(),
        )
        self._subscription = self._subscriptions.join(
            self._flow, session=self._session, best=self._best, now_ns=time.monotonic_ns()
        )
        seams.overhear_rtcp(self.transport, self._rtcp_came)
        return {
            "pictures": self._take_pictures(self._subscription, self._stream),
            "rtp": self._send_packets(self._stream),
        }

    def _leave(self) -> None:
        if self._subscription is not None:
            self._subscriptions.leave(self._subscription)
        if self._timer is not None:
            self._timer.cancel()

    def _sent(self) -> Sent | None:
        if self._newest is None or self._stream is None:
            return None
        return Sent(
            self._newest.rtp_time, self._newest.captured_ns, self._stream.packet_count, self._stream.octet_count
        )

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
            if self._is_stalled or self._flow.is_stuck(now_ns=now_ns):
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
        for packet, number in zip(due, self._flow.left(due, now_ns=now_ns), strict=True):
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

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        await super()._handle_rtcp_packet(packet)
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
