"""The receiving end of one WebRTC session: pictures with their RTP times, and the motion channel.

aiortc's receiver waits for the next picture before it gives out one, and hides the RTP time; both are put right here by
a jitter buffer of our own (private names of aiortc 1.16, held by tests/simulator/test_viewer.py).
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtpPacket
from av import VideoFrame
from numpy.typing import NDArray

CAPACITY_PACKETS: Final = 512
PATIENCE_RTP: Final = 27_000  # 300 ms of a 90 kHz clock
_RTP_WRAP: Final = 2**32
_SEQUENCE_WRAP: Final = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One picture as the viewer got it: its RTP time, and when it was decoded on this host's monotonic clock."""

    frame: VideoFrame
    rtp_time: int
    shown_ns: int

    def luma(self) -> NDArray[np.uint8]:
        """Return the brightness plane, (height, width)."""
        plane = self.frame.planes[0]
        rows: NDArray[np.uint8] = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        return rows[: self.frame.height, : self.frame.width]


class PromptBuffer(JitterBuffer):
    """A jitter buffer that gives a picture out with its last packet (the marker bit, RFC 6184 5.1).

    A hole that nothing has filled while `PATIENCE_RTP` of pictures came after it is given up, with a new keyframe, as a
    browser does: after a blackout the sender has no copy of what was lost.
    """

    def __init__(self) -> None:
        super().__init__(capacity=CAPACITY_PACKETS, is_video=True)
        self.first_rtp_time: int | None = None

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """Take in a packet; return whether a keyframe must be asked for, and the picture that it completes."""
        ask_keyframe, frame = super().add(packet)
        frame = frame or self._complete_picture()
        if frame is None and packet.marker and self._waits_in_vain(packet.timestamp):
            self.remove(self._capacity)
            self._origin = (packet.sequence_number + 1) % _SEQUENCE_WRAP
            ask_keyframe = True
        if frame is not None and self.first_rtp_time is None:
            self.first_rtp_time = frame.timestamp
        return ask_keyframe, frame

    def _waits_in_vain(self, now_rtp: int) -> bool:
        if self._origin is None:
            return False
        in_order = (self._packets[(self._origin + count) % self._capacity] for count in range(self._capacity))
        oldest = next((each for each in in_order if each is not None), None)
        return oldest is not None and PATIENCE_RTP < (now_rtp - oldest.timestamp) % _RTP_WRAP < _RTP_WRAP // 2

    def _complete_picture(self) -> JitterFrame | None:
        if self._origin is None:
            return None
        parts: list[bytes] = []
        for count in range(self._capacity):
            packet = self._packets[(self._origin + count) % self._capacity]
            if packet is None:
                return None
            parts.append(packet._data)  # type: ignore[attr-defined]  # noqa: SLF001 -- set by aiortc's depayloader
            if packet.marker:
                self.remove(count + 1)
                return JitterFrame(data=b"".join(parts), timestamp=packet.timestamp)
        return None


class Viewer:
    """Offers, receives and sends; `on_shown` and `on_message` are called on the event loop."""

    def __init__(self, *, on_shown: Callable[[Shown], None], on_message: Callable[[bytes], None]) -> None:
        self._on_shown = on_shown
        self._on_message = on_message
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._channel: RTCDataChannel = self._connection.createDataChannel("motion", ordered=False, maxRetransmits=0)
        self._buffer = PromptBuffer()
        self._receiver = self._connection.addTransceiver("video", direction="recvonly").receiver
        self._receiver._RTCRtpReceiver__jitter_buffer = self._buffer  # type: ignore[attr-defined]  # noqa: SLF001 -- see above
        self._same_turn = False
        self._channel.on("message", self._take)

    @property
    def is_open(self) -> bool:
        """Whether the motion channel is open."""
        return self._channel.readyState == "open"

    @property
    def state(self) -> str:
        """The connection's state, in WebRTC's words."""
        return self._connection.connectionState

    async def offer(self) -> str:
        """Return the SDP of the offer, all candidates inside."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self._connection.localDescription.sdp

    async def watch(self, answer_sdp: str) -> None:
        """Take the robot's answer, then give pictures to `on_shown` until the session ends; when late, the newest."""
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp=answer_sdp, type="answer"))
        track = self._receiver.track
        while True:
            try:
                frame = await track.recv()
                while not track._queue.empty():  # type: ignore[attr-defined]  # noqa: SLF001 -- the newest counts
                    frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, VideoFrame) and frame.pts is not None and self._buffer.first_rtp_time is not None:
                rtp_time = (frame.pts + self._buffer.first_rtp_time) % _RTP_WRAP
                self._on_shown(Shown(frame=frame, rtp_time=rtp_time, shown_ns=time.monotonic_ns()))

    def send(self, frame: bytes) -> bool:
        """Send over the motion channel unless it is closed or backed up; return whether it went.

        Frames of one turn of the event loop go out together, as the channel empties only between turns.
        """
        is_empty = self._channel.bufferedAmount == 0
        if not self.is_open or not (is_empty or self._same_turn):
            return False
        if is_empty and not self._same_turn:
            self._same_turn = True
            asyncio.get_running_loop().call_soon(self._end_turn)
        self._channel.send(frame.decode())
        return True

    def _end_turn(self) -> None:
        self._same_turn = False

    async def close(self) -> None:
        """End the session."""
        await self._connection.close()

    def _take(self, message: str | bytes) -> None:
        self._on_message(message.encode() if isinstance(message, str) else message)


async def until_open(viewer: Viewer, *, within_s: float) -> bool:
    """Wait for the motion channel; return whether it opened in time."""
    deadline = time.monotonic() + within_s
    while not viewer.is_open:
        if time.monotonic() >= deadline or viewer.state in {"failed", "closed"}:
            return False
        await asyncio.sleep(0.01)
    return True
