"""What stands where aiortc's RTCRtpSender would: it sends what was encoded once for all, and encodes nothing."""

import asyncio
import contextlib
import random
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Final

from aiortc import RTCDtlsTransport, clock
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import AnyRtcpPacket, RtcpByePacket, RtcpSdesPacket, RtcpSenderInfo, RtcpSourceInfo, RtcpSrPacket
from aiortc.stats import RTCStatsReport
from aiortc.utils import random16, random32

from robot_agent.media import aiortc_seams as seams
from teleop_core.timebase import NS_PER_S

MAX_BACKLOG_BYTES: Final = 64 * 1024  # a third of a second of the picture: above, the path is stalled

_CNAME_ITEM: Final = 1  # RFC 3550, 6.5.1
_UINT32: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Sent:
    """What a sender report tells: of the newest that was sent, and how much was in all."""

    rtp_time: int
    captured_ns: int
    packets: int
    octets: int


class SenderStandIn(ABC):
    """One peer's copy of a stream.

    It has the attributes and methods that aiortc's peer connection and transceiver use of a sender, and no other
    relation to aiortc's. `on_heard` is called for each RTCP packet about this stream.
    """

    kind: str
    track: MediaStreamTrack | None = None

    def __init__(self, transport: RTCDtlsTransport, *, stream_id: str, on_heard: Callable[[], None]) -> None:
        self.transport = transport
        self._on_heard = on_heard
        self._ssrc = random32()
        self._rtx_ssrc = random32()  # aiortc writes it into the answer where RTX is negotiated
        self._stream_id = stream_id
        self._track_id = str(uuid.uuid4())
        self._enabled = True  # set by the transceiver
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
        work = {**self._begin(parameters), "rtcp": self._send_reports(parameters.rtcp.cname or "")}
        self._tasks = [asyncio.create_task(each, name=f"{self.kind}-{name}") for name, each in work.items()]

    async def stop(self) -> None:
        """Stop sending for good and say goodbye."""
        self._leave()
        if not self._tasks:
            return
        seams.unregister_sender(self.transport, self)
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        with contextlib.suppress(ConnectionError):
            await seams.send_rtp(self.transport, bytes(RtcpByePacket(sources=[self._ssrc])))

    @abstractmethod
    def _begin(self, parameters: RTCRtpSendParameters) -> Mapping[str, Coroutine[object, object, None]]:
        """Return the work to be done until `stop`, by name."""

    @abstractmethod
    def _leave(self) -> None:
        """Take nothing more over; may be called without `_begin`."""

    @abstractmethod
    def _sent(self) -> Sent | None:
        """Return what was sent until now, None before the first."""

    @property
    def _is_stalled(self) -> bool:
        """Whether so much waits to leave that what is sent now would come too late to be of use."""
        return seams.backlog_bytes(self.transport) > MAX_BACKLOG_BYTES

    async def _send_reports(self, cname: str) -> None:
        with contextlib.suppress(ConnectionError):  # the transport has gone; the peer connection says so
            while True:
                await asyncio.sleep(0.5 + random.random())  # noqa: S311 - RFC 3550, 6.2: spread reports, no secret
                sent = self._sent()
                if sent is not None:
                    await seams.send_rtp(self.transport, self._report(sent, cname))

    def _report(self, sent: Sent, cname: str) -> bytes:
        """Return a sender report that ties the newest RTP time to the wall-clock time of its capture."""
        age_ns = time.monotonic_ns() - sent.captured_ns
        report = RtcpSrPacket(
            ssrc=self._ssrc,
            sender_info=RtcpSenderInfo(
                ntp_timestamp=clock.current_ntp_time() - (age_ns << 32) // NS_PER_S,
                rtp_timestamp=sent.rtp_time,
                packet_count=sent.packets & _UINT32,
                octet_count=sent.octets & _UINT32,
            ),
        )
        name = RtcpSourceInfo(ssrc=self._ssrc, items=[(_CNAME_ITEM, cname.encode())])
        return bytes(report) + bytes(RtcpSdesPacket(chunks=[name]))

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        del packet
        self._on_heard()


def first_sequence() -> int:
    """Return a number to begin with, of the lower half: an early wrap would confuse SRTP."""
    return random16() % 2**15
