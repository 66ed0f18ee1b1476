"""A viewer as a page would be one: a real aiortc peer that offers, watches and talks, in this process."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import av
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtp import RtcpPacket, RtcpSrPacket, RtpPacket, unpack_header_extensions

from robot_agent.media.packetiser import split_units
from robot_agent.media.plane import MediaPlane
from teleop_core.wire.messages import Ack, Role, RtcAnswer, RtcClose, RtcOffer

_sessions = itertools.count(1)


@dataclass
class Arrived:
    """One RTP packet as it came over the wire, decrypted. `extensions` maps id to value."""

    packet: RtpPacket
    extensions: dict[int, bytes]


@dataclass
class Viewer:
    plane: MediaPlane
    peer: str
    role: Role = Role.PRESENTER
    session: str = ""
    answer: str = ""
    shown: list[av.VideoFrame] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)  # what it was told of its pictures' times
    packets: list[Arrived] = field(default_factory=list)
    reports: list[RtcpSrPacket] = field(default_factory=list)
    loses: Callable[[RtpPacket], bool] = field(default=lambda _: False)

    def __post_init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.channel = self.connection.createDataChannel("motion", ordered=False, maxRetransmits=0)
        self.channel.on("message", self._frame_came)
        self.opened = asyncio.Event()
        self.channel.on("open", self.opened.set)
        self.ended = asyncio.Event()
        self.connection.on("connectionstatechange", self._state_changed)
        self.connection.on("track", self._track_came)
        self._news = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    @property
    def receiver(self) -> RTCRtpReceiver:
        return self.connection.getReceivers()[0]

    async def offer(self, *, video: bool = True) -> RtcOffer:
        if video:
            self.connection.addTransceiver("video", direction="recvonly")
            self._listen_in()
        await self.connection.setLocalDescription(await self.connection.createOffer())
        self.session = f"rtc-{next(_sessions)}"
        return RtcOffer(id=self.session, sdp=self.connection.localDescription.sdp)

    async def connect(self, *, video: bool = True) -> "Viewer":
        reply = await self.plane.receive(self.peer, self.role, await self.offer(video=video))
        assert isinstance(reply, RtcAnswer), reply
        await self.accept(reply)
        await self.opened.wait()
        return self

    async def accept(self, reply: RtcAnswer) -> None:
        self.answer = reply.sdp
        await self.connection.setRemoteDescription(RTCSessionDescription(reply.sdp, "answer"))

    async def see(self, count: int) -> list[av.VideoFrame]:
        """Wait until `count` pictures were decoded in all."""
        await self.until(lambda: len(self.shown) >= count)
        return self.shown

    async def hear(self, count: int) -> list[str]:
        """Wait until `count` frames came over the data channel in all."""
        await self.until(lambda: len(self.frames) >= count)
        return self.frames

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds; it is asked again whenever anything arrives."""
        while not condition():
            self._news.clear()
            await self._news.wait()

    def rtp_times(self) -> set[int]:
        return {arrived.packet.timestamp for arrived in self.packets}

    def keyframes(self) -> list[int]:
        """Return the RTP times of the keyframes that came: their first packet carries the parameter sets."""
        return [a.packet.timestamp for a in self.packets if _begins_keyframe(a.packet.payload)]

    async def hang_up(self) -> Ack:
        reply = await self.plane.receive(self.peer, self.role, RtcClose(id=self.session))
        assert isinstance(reply, Ack)
        return reply

    async def leave(self) -> None:
        await self.connection.close()
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])

    def _listen_in(self) -> None:
        """See RTP and RTCP before aiortc does: it hides timestamps and header extensions."""
        transport = self.receiver.transport
        take_rtp, take_rtcp = transport._handle_rtp_data, transport._handle_rtcp_data

        async def rtp_came(data: bytes, arrival_time_ms: int) -> None:
            packet = RtpPacket.parse(data)
            if self.loses(packet):
                return
            self.packets.append(Arrived(packet, _extensions(data)))
            self._news.set()
            await take_rtp(data, arrival_time_ms)

        async def rtcp_came(data: bytes) -> None:
            self.reports += [packet for packet in RtcpPacket.parse(data) if isinstance(packet, RtcpSrPacket)]
            self._news.set()
            await take_rtcp(data)

        transport._handle_rtp_data = rtp_came  # type: ignore[method-assign] # to listen in, nothing else
        transport._handle_rtcp_data = rtcp_came  # type: ignore[method-assign] # as above

    def _frame_came(self, frame: str) -> None:
        (self.times if frame.startswith('{"type":"picture_times"') else self.frames).append(frame)
        self._news.set()

    def _state_changed(self) -> None:
        if self.connection.connectionState in {"closed", "failed"}:
            self.ended.set()

    def _track_came(self, track: MediaStreamTrack) -> None:
        self._watching = asyncio.create_task(self._watch(track))

    async def _watch(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, av.VideoFrame)
                self.shown.append(frame)
                self._news.set()


def _extensions(raw: bytes) -> dict[int, bytes]:
    if not raw[0] & 0x10:
        return {}
    profile, words = int.from_bytes(raw[12:14], "big"), int.from_bytes(raw[14:16], "big")
    return dict(unpack_header_extensions(profile, raw[16 : 16 + 4 * words]))


def _begins_keyframe(payload: bytes) -> bool:
    stap_a, sps = 24, 7
    return payload[0] & 0x1F == stap_a and payload[3] & 0x1F == sps


def units_of(stream: bytes) -> list[int]:
    """Return the NAL unit types of an Annex B stream."""
    return [unit[0] & 0x1F for unit in split_units(stream)]
